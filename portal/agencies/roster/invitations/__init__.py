"""Invitations, the only way in: one address, one link, one use; two people behind who may invite others."""
