"""How a release is published: described for those who look for data, and written out whole."""
