"""What is asked of other endpoints: SERVICE blocks of a query, and their solutions in their place.

`blocks` finds the blocks, `sent` says what an endpoint is asked, `restriction` what of our own
solutions goes with it, and `inline` writes what comes back into the query. Nothing here opens a
connection.
"""

from kg.federated.blocks import ServiceBlock, outermost, read_blocks
from kg.federated.inline import BLANK_NODE, Solutions, blank_node, has_node, with_solutions
from kg.federated.names import Names
from kg.federated.restriction import Restriction, restriction_of
from kg.federated.sent import checkable, question

__all__ = [
    "BLANK_NODE",
    "Names",
    "Restriction",
    "ServiceBlock",
    "Solutions",
    "blank_node",
    "checkable",
    "has_node",
    "outermost",
    "question",
    "read_blocks",
    "restriction_of",
    "with_solutions",
]
