"""A release on a SPARQL server: load it there, and answer from there."""
