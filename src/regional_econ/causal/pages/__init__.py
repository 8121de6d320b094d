"""Pages of the report on identification: one module a page."""
