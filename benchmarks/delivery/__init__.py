"""The hot path, measured from all sides in one run: `parts` says which."""
