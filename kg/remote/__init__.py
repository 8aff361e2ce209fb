"""A release on a SPARQL server: load it there, and let that server answer plain queries."""
