"""Regressions on the outcome's own past: GMM in differences and in a system, corrected within, half-panel jackknife."""
