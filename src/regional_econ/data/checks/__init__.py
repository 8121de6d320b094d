"""Holding figures against each other and against the files: sums, editions, doubtful values."""
