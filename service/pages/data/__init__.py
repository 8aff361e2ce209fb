"""Pages about any data: they know nothing of its vocabulary, and show what was read of it."""
