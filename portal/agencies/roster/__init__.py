"""The roster: who is in a house (an agency, or the exchange), in which role, and who stands behind it."""
