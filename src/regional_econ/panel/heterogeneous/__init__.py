"""Slopes that differ between regions, and common factors: mean groups, pooled mean group, interactive effects."""
