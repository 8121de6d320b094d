"""Does a driver move the outcome? Admissible specifications, placebos, sensitivity, and one joint bootstrap."""
