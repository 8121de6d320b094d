"""Charts of the report: each kind is a pure function of a frame that returns an Altair chart."""
