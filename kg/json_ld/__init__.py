"""Triples and quads -> JSON-LD 1.1, compacted, expanded, flattened or framed."""
