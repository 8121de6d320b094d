"""The referee: holds each claim of the paper against official figures and estimates, by rules of one hashed file."""
