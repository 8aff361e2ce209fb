"""Evaluator processes: prove, suppose, reconcile and frame beside the HTTP process.

They are query processes of another kind: forked, limited, killed and handed out alike, under the
same shares per client (see `service.queries`). Their parent, `parent.py`, holds the indexes of the
evaluator, which it loads after the service has started.

    in the HTTP process             jobs
    in the parent and its children  parent, evaluator, jobs
"""
