"""Levers one by one: what a unit of each would bring, and a card for each."""
