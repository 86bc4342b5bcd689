"""Case support: what an agency asks of the exchange, from its draft to the exchange's decision."""
