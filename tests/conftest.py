"""Fixtures that every test may use. The servers come from portal.embedded.pytest_plugin."""
