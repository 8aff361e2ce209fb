"""SERVICE with guards: this service calls other endpoints, the engine never does.

`federate` replaces each SERVICE block of a query by its solutions, `calls` sends queries and reads
responses within the limits of one query, and `connections` connects only to allowed hosts with
public IP addresses. `service.allow_list` holds the endpoints that may be called.
"""
