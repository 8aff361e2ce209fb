"""The release folder, the quad store over it, and the SPARQL queries it answers."""
