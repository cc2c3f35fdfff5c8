"""The embedded stack: the real parts, run from wheels by `manage.py up`."""
