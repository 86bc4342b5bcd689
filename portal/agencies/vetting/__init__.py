"""Vetting: the checks on an agency that wants in, and the decision by somebody who had no part in them."""
