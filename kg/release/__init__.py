"""Build a release, check its sources, and publish it."""
