"""Other data than a release: an endpoint over files, or from empty, in memory alone.

It has fewer doors, and with a token its store can be written to. What it holds is gone at the end.

    app          create_scratch_app(settings): the wiring
    store        what is served: where it starts from, how often it was written to
    files        RDF files -> the snapshot that the query processes begin with
    tokens       who may write
    sparql       /sparql, for queries and updates
    graphs       /graphs, for reading and writing
    bodies       an upload -> the RDF in it
    conditions   If-Match and If-None-Match of a change
    description  the service description
"""
