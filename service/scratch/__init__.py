"""Scratch stores: endpoints over files, or over an empty store, that is held in memory only.

A scratch service has fewer routes than that of a release. With a token, its store can be changed.
All data is lost when it ends.

    app             create the FastAPI app: create_scratch_app(settings)
    serving         `glocal serve --scratch`
    store           the state that is served, and the number of changes so far
    files           load RDF files into the snapshot of the query processes
    tokens          check the token for write access
    doors           / and /problems
    sparql          /sparql, for queries and updates
    sparql_request  read a query or an update from a request
    graphs          /graphs, for reading and writing
    writing         apply a change that a request asks for
    bodies          read RDF uploads
    json_ld         read the JSON-LD options of a request
    conditions      If-Match and If-None-Match of a change
    description     the service description
"""
