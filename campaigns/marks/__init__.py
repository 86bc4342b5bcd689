"""An agency's mark: uploaded, drawn anew so that nothing but its pixels is left, served under its SHA-256."""
