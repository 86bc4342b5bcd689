"""The link to confirm by: mailed to the first supervisor, asked for again, sent elsewhere once corrected."""
