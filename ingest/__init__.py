"""Logs in: HTTP to Kafka, the fold, MongoDB. Knows nothing of stats or logsite."""
