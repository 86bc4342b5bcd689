"""Ratios measured in one run against a yardstick. Absolute figures belong to the machine; ratios hold."""
