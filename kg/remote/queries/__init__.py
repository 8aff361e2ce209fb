"""Queries on a server: what a server evaluates rightly, and what is evaluated here."""
