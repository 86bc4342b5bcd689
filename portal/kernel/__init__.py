"""What every room stands on and what knows no database: actors, lifecycles, errors, canonical bytes."""
