"""Media types, and graphs and results serialized in them."""
