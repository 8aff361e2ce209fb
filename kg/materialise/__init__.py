"""Anybody's data, ontology and rules -> what follows from them, in files."""

from kg.materialise.run import Report, materialise

__all__ = ["Report", "materialise"]
