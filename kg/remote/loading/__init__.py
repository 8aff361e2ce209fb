"""Load a release into a server, and compare what it has then."""
