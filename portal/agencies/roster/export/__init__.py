"""Export: a roster leaves the portal as a file, and the audit trail says who took it."""
