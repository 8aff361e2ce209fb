"""Quads -> a JSON-LD document: compacted by our own context, expanded, or flattened.

Written for one known context: 200 triples and 425 terms take 0.5 ms, where PyLD's `from_rdf` and
`compact` take 25 to 34. PyLD and jsonld.js are what the tests read the result with.
"""

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from kg.errors import NotExpressible
from kg.json_ld.context import ConfusingIriError, Context
from kg.json_ld.profiles import Profile
from kg.json_ld.values import Compactor, Document, Expander

Quads = Collection[Quad | Triple]


def write(
    context: Context,
    quads: Iterable[Quad | Triple],
    *,
    root: NamedNode | None,
    profiles: Collection[Profile] = (Profile.compacted,),
    address: str = "",
) -> bytes:
    """A JSON-LD document that stands for exactly these quads.

    Args:
        context: what it is compacted by.
        quads: of any graphs; triples count as those of the default graph.
        root: the node that the document is about. A compacted document is this node, the others
            being included in it; in a list of nodes it comes first, unless that is flattened.
        profiles: compacted, expanded or flattened, the last also with one of the others.
        address: where the context is; without, it stands in the document.

    Raises:
        NotExpressible: triple terms, which JSON-LD 1.1 has no form for.
    """
    found = list(quads)
    if any(isinstance(one.object, Triple) for one in found):
        raise NotExpressible("JSON-LD 1.1", "triple terms")
    is_flat = Profile.flattened in profiles
    if Profile.compacted not in profiles:
        nodes = nodes_of(found, Expander(), root)
        return encoded(_in_order(nodes, "@id") if is_flat else nodes)

    def make(writer: Compactor) -> Document:
        return _document(nodes_of(found, writer, root), writer, root, is_flat=is_flat)

    return encoded(compacted(context, address, make))


def compacted(context: Context, address: str, make: Callable[[Compactor], Document]) -> Document:
    """A document that is made by a context and refers to it by this address, or holds it.

    An IRI that has one of our prefixes as its scheme would be read as something else: where there
    is one, the document is made without a context, and says so.
    """
    head = {"@context": address or context.document["@context"]}
    try:
        return {**head, **make(Compactor(context))}
    except ConfusingIriError:
        return {"@context": None, **make(Compactor(Context({"@context": {}})))}


def encoded(document: Document | list[Document]) -> bytes:
    """The document as text."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def nodes_of(quads: Quads, writer: Compactor | Expander, root: NamedNode | None) -> list[Document]:
    """One node object for each subject, the root first; a graph is the node of its name."""
    graphs: dict[NamedNode | BlankNode | None, dict[Any, Document]] = {}
    for quad in quads:
        name = quad.graph_name if isinstance(quad, Quad) else None
        nodes = graphs.setdefault(None if isinstance(name, DefaultGraph) else name, {})
        node = nodes.get(quad.subject)
        if node is None:
            node = nodes[quad.subject] = writer.node(quad.subject)
        writer.add(node, quad.predicate, quad.object)
    default = graphs.pop(None, {})
    for graph, content in graphs.items():
        if graph is not None:
            node = default.setdefault(graph, writer.node(graph))
            node[writer.graph] = list(content.values())
    first = [default.pop(root)] if root in default else []
    return first + list(default.values())


def _document(
    nodes: list[Document], writer: Compactor, root: NamedNode | None, *, is_flat: bool
) -> Document:
    """The node that the document is about, and in it the others; else a list of all."""
    if is_flat:
        return {writer.graph: _in_order(nodes, writer.id)}
    first, *others = nodes or [{}]
    if not others:
        return first
    if root is not None and first[writer.id] == writer.reference(root):
        return {**first, writer.included: others}
    return {writer.graph: nodes}


def _in_order(nodes: list[Document], key: str) -> list[Document]:
    return sorted(nodes, key=lambda node: str(node[key]))
