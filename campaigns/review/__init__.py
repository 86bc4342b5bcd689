"""Two to publish, one to stop: approval of exactly (version id, SHA-256), return, reject, recall."""
