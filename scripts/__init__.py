"""Chores of developing."""
