"""Panel regressions: estimators, inference with named conventions, tests between estimators."""
