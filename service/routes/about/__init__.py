"""Routes about the service itself: its API, health and problems, and files for crawlers."""
