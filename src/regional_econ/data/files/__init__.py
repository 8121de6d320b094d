"""Reading official files: workbooks, text tables and collections become figures with a place."""
