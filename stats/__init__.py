"""What the logs add up to: rollups, and alerts over them. May import ingest."""
