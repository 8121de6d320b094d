"""PyMC models, their sampling and the gates that a posterior must pass: the only room with PyMC, ArviZ and nutpie."""
