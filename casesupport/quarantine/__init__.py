"""Quarantine: what a suspension stopped, until a compliance lead has looked at each."""
