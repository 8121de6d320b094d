"""Figures of the report: each kind is a pure function of a frame that returns a matplotlib figure."""
