"""The public door: an agency applies, and its first supervisor confirms from an official address."""
