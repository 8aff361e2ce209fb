"""Several HTTP processes that share one snapshot: `glocal serve --workers N`.

    supervisor ──starts──> HTTP processes, which all accept from its listening socket
        │                        │ connect to a trunk, and then send jobs to their parents
        └──starts──> trunks ──fork──> a parent for each connection ──forks──> query processes

A trunk has loaded the release (see `service.queries.parent`), so all processes share its memory,
and no HTTP process can touch the query processes of another one. When one of these processes dies,
the others notice: their socket to it reaches its end.
"""
