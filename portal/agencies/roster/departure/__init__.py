"""Departure: the role, every session and every second factor end together."""
