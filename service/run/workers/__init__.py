"""Several HTTP processes over one snapshot: `glocal serve --workers N`.

    supervisor ──starts──> HTTP processes, all of which accept from its listening socket
        │                        │ orders, reports, jobs, answers
        └──starts──> trunk ──forks──> a parent for each of them ──forks──> query processes

The trunk has loaded the snapshot, and is a parent (`service.queries.parent`) that forks parents;
so all share its memory, and no HTTP process can touch the query processes of another one. The
supervisor and an HTTP process speak over a socket of their own, through which the control sockets
of the parents are passed. Whoever ends, the others notice by the end of a socket.

    on both sides          channel, start
    in the supervisor      serving, supervisor, http_process, generations, trunk
    in an HTTP process     worker, supervised
    what is counted        counts
"""
