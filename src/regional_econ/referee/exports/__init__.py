"""The verdicts for other programs: as JSON by schema, as reviews of claims, and as a research object."""
