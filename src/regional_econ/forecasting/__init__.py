"""Forecasts of all regions with their uncertainty, simple benchmarks beside them, and the scores of both."""
