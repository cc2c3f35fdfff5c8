"""The fold: everything stored is a pure function of a partition's log."""
