"""The nouns that every room speaks, and the formula grammar."""
