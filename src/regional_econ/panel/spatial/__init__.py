"""Spatial panel models: regressions whose regions feel their neighbours."""
