"""Policy model: levers move drivers, drivers move innovation activity, draw by draw; every number keeps its doubt."""
