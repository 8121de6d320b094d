"""The model's record: replays beside what happened, and whether knowing the drivers helped a forecast."""
