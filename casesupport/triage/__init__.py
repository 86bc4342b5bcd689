"""The exchange's side: claiming, asking, deciding about every target."""
