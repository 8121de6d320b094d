"""Answers of the policy model, one file a question: what acts, what is unsure, what to learn, what would suffice."""
