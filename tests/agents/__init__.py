"""Agents of Debian, as packaged, send with the configurations of docs/senders."""
