"""SERVICE with guards: this service calls other endpoints, the engine never does.

`allow_list` holds the endpoints that may be called, `dialling` checks their IP addresses, `calls`
sends requests and reads responses within the `budget`, `answers` parses the responses, `block`
evaluates one SERVICE block, and `federate` replaces each block of a query by its solutions.
"""
