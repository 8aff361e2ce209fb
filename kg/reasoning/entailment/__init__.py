"""Decide whether one RDF graph or OWL ontology follows from another."""
