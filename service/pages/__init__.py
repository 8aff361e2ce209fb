"""Pages for people: one for each resource, and the ontology as a document.

They run no script, load nothing from elsewhere, and come in the languages of `service.http.negotiation`.
"""
