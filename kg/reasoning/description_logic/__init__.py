"""OWL 2 DL by HermiT: consistency, classification, explanation, difference."""
