"""The hot path: what is live becomes prepared bytes in each process, and is answered without Django."""
