"""Query processes: where queries that users write are run, so that they can be ended.

The engine cannot cancel a query, and aborts its process when memory runs out. So it runs none in
the process that speaks HTTP:

    HTTP process ──orders, reports──> parent ──forks──> query processes
         └──────────────── jobs, answers ────────────────────┘

The parent (`parent`) is started by exec, has one thread, loads the snapshot once and forks query
processes from it, which share its memory. Whoever ends, the others notice: by the end of a socket,
and on Linux by a signal that the kernel sends to the children of a parent that died.

    on both sides         orders, frames, job, limits, options, snapshot
    in the parent         parent
    in a query process    query_process, output, rows
    in the HTTP process   queries, admission, run, pool, life, parents, handle

Resource look-ups and explanations stay in the HTTP process: no user writes what they search.
"""
