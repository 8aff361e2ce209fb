"""Rules: triple patterns, filters and the files they are read from."""
