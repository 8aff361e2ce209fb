"""Check curated quads and the ontology; a release is built only without findings."""
