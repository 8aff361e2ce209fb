"""The routes of a scratch store."""
