"""What everybody may read without signing in: each region's current warnings, as a page and as CAP."""
