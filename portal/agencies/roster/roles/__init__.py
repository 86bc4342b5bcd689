"""Role changes: proposed by one person, decided by a second, and never about oneself."""
