"""Exports: every entry that a search means, once, in one file."""
