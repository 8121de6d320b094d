"""What the report says of the data: sections, results and the frames of its figures."""
