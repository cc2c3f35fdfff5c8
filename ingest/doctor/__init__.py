"""Sends a canary entry through each door, and follows it to where it can be found."""
