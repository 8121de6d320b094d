"""Emptied in this clone: the old fixtures import what is gone."""
