"""The model: inputs, parameters, equations and the compiled kernel that turns amounts of levers into paths."""
