"""The model for others: stocks and flows as XMILE, and data for a page that computes without Python."""
