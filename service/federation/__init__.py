"""Guarded SERVICE: other endpoints are asked by the service, never by the engine.

`allow_list` says who may be asked, `dialling` at which addresses, `calls` asks and reads within
`budget`, `answers` reads what came back, and `federate` puts it into the query.
"""
