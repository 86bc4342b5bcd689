"""Translating a draft: source and target side by side, what is missing or outdated, who has read it."""
