"""Pages about reasons: proofs, why not, suppositions, the support of rows, disagreements."""
