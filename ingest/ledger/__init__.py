"""Minute by minute: what became of every offset, checked against Kafka and the edge."""
