"""Query processes: run users' queries in separate processes, which can be killed.

The engine cannot cancel a query, and it aborts its process when memory runs out. So the process
that speaks HTTP never runs one itself:

    HTTP process ──commands, reports──> parent ──forks──> query processes
         └──────────────── jobs, answers ────────────────────┘

The parent is started by exec, has one thread, loads the snapshot once and forks the query
processes, which share its memory. When one of these processes dies, the others notice: their
socket to it reaches its end. On Linux the kernel also kills the children of a dead parent.

    on both sides         messages, snapshot
    in the HTTP process   processes, pool, parent_client
    in the parent         parent, restrictions
    in a query process    query_process, restrictions
    in a writer process   writing_process, compaction, restrictions

A writer process is forked for one change of the data, and becomes the next parent if it succeeds,
if need be in a fresh process.
Resource look-ups and explanations run in the HTTP process: users do not write those queries.
"""
