"""What the referee looks at: printed numbers against official ones, and effects against the evidence."""
