"""Diagnostics of an estimate: dependence, serial correlation, variances, poolability, influence and power."""
