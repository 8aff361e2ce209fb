"""The HTTP service. It neither makes nor validates triples; `kg` does."""
