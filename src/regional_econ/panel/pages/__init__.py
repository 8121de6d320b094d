"""What does the reader see of the regressions? One module a page, each a result and a section built from it."""
