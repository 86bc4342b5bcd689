"""Standing: who is stopped, by whom and how far it reaches; who is let in again, and by whom else."""
