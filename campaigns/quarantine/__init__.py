"""Quarantine: what a suspension stopped on its way, until compliance has looked at each."""
