"""Keep everything that follows from a graph up to date while the graph changes, and explain it."""
