"""What came of a warning: events taken in exactly once, exposures kept, shares reported with intervals."""
