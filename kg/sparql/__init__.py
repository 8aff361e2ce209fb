"""SPARQL as text: its tokens, what a query says of itself, and where it is wrong."""
