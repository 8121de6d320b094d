"""Pages of the report on forecasts: what the reader sees, made of results."""
