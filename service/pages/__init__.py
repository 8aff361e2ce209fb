"""HTML pages: one for each resource, for proofs, and the ontology as a document.

They run no scripts, load nothing from other hosts, and exist in each language of
`service.http.negotiation`.
"""
