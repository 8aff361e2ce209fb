"""Derive on Apache Spark what `kg.reasoning.derivation` derives in one process."""
