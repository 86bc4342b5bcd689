"""Applications that nobody sent or confirmed in time are deleted, with their files."""
