"""HTTP: requests, negotiation, conditional requests, kept answers, problem documents."""
