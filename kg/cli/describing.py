"""glocal describe: all that a release says of one thing."""

from typing import Annotated

import typer
from pyoxigraph import Quad

from kg.cli.formats import WITH_GRAPHS, GraphFormat
from kg.cli.shared import Release, app, refusing


@app.command()
def describe(
    name: Annotated[
        str,
        typer.Argument(
            help="London, 伦敦, a CURIE such as id:London or glocal:memberOf, or a full IRI."
        ),
    ],
    result_format: GraphFormat = None,
    release: Release = None,
) -> None:
    """Everything that holds of one thing; of a graph, in TriG, N-Quads and JSON-LD, its content.

    Examples: glocal describe London; glocal describe 'New York' --format jsonld;
    glocal describe ev:p10.2-fact
    """
    from kg.cli.printing import print_graph
    from kg.description import Describer
    from kg.names import resolve
    from kg.release import find
    from kg.store import Store

    with refusing():
        store = Store.open(find(release))
        iri = resolve(store, name)
        triples, content = Describer(store).describe(iri).triples, store.graph(iri)
        chosen = result_format or ("trig" if content else "turtle")
        if content and chosen in WITH_GRAPHS:
            default = [Quad(one.subject, one.predicate, one.object) for one in triples]
            print_graph([*default, *content], chosen)
        else:
            print_graph(triples, chosen)
