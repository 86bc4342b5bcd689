"""The exchange's side of warning campaigns: it holds what is live, verified, and answers in its own process.

Installable on its own (pyproject.toml beside this file); the portal selects with the same code.
"""
