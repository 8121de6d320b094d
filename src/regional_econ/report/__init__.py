"""The report: sections, tables and figures in two languages, rendered as one page and one PDF."""
