"""HTTP only; makes and judges no triples."""
