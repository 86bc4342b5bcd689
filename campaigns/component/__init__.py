"""The web component <withdrawal-warning>: its source, its build, and where its files are published."""
