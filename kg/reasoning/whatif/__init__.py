"""The consequences of a patch, without storing it."""
