"""Names and outside identifiers: search, lookup, link files, reconciliation."""
