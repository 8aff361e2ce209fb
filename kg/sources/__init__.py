"""Read curated files and the ontology into quads."""
