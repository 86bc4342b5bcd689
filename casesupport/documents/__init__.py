"""The documents of case requests: attached, detached, read. portal.documents judges and keeps the files."""
