"""What a reader sees of the forecasts."""
