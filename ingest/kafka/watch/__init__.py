"""What is watched from outside the workers: the data clock."""
