"""Re-attestation: somebody else says, in a rhythm, that each person still works here in this role."""
