"""The description of one resource, and its JSON-LD."""
