"""Forward chaining: from asserted triples and rules to derived triples."""
