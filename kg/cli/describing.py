"""glocal describe: all that a release says of one thing."""

from typing import Annotated

import typer

from kg.cli.formats import GraphFormat
from kg.cli.shared import Release, app, refusing


@app.command()
def describe(
    name: Annotated[
        str,
        typer.Argument(
            help="London, 伦敦, a CURIE such as id:London or glocal:memberOf, or a full IRI."
        ),
    ],
    result_format: GraphFormat = "turtle",
    release: Release = None,
) -> None:
    """Everything that holds of one thing; of a graph, also what it holds, as TriG.

    Examples: glocal describe London; glocal describe 'New York' --format jsonld;
    glocal describe ev:p10.2-fact
    """
    from kg.cli.printing import print_graph
    from kg.names import resolve
    from kg.release import find
    from kg.store import Store

    with refusing():
        store = Store.open(find(release))
        iri = resolve(store, name)
        content = store.graph(iri)
        print_graph(store.describe(iri), result_format)
        if content:
            typer.echo()
            print_graph(content, "trig" if result_format == "turtle" else result_format)
