"""Several HTTP processes that share one snapshot: `glocal serve --workers N`.

    supervisor ──starts──> HTTP processes, which all accept from its listening socket
        │                        │ commands, reports, jobs, answers
        └──starts──> trunk ──forks──> a parent for each of them ──forks──> query processes

The trunk is a parent process (`service.queries.parent`) that has loaded the snapshot and forks
other parents. So all of them share its memory, and no HTTP process can touch the query processes
of another one. The supervisor has a socket to each HTTP process, over which it passes the control
socket of that process's parent. When one of these processes dies, the others notice: their socket
to it reaches its end.

    on both sides          channel
    in the supervisor      supervisor
    in an HTTP process     worker

`service.http.exposition` sums the metrics of all HTTP processes.
"""
