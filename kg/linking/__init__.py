"""Names and outside identifiers: lookup, link files, reconciliation."""
