"""Are series stationary? Panel unit roots of the first generation, and of the second, free of a common factor."""
