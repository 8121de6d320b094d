"""Scenarios: one run after another, and what the report shows of them."""
