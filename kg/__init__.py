"""From curated files to an answer; knows nothing of HTTP."""
