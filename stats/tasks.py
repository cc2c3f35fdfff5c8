"""Celery tasks: each calls one function."""
