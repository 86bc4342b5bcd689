"""Every page as each role, in every look and language: for eyes, not for assertions. `make screenshots`."""
