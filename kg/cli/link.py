"""glocal link suggest, link check: a table matched against the names here; the link files."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from kg.cli.application import Release, app, refusing
from kg.errors import NotValid

link: Final = typer.Typer(help="Links to Wikidata and GeoNames: propose and check them.")
app.add_typer(link, name="link", no_args_is_help=True)

_COLUMNS: Final = ("line", "name", "entity", "label", "score", "match", "reason")


@link.command("suggest")
def suggest_links(
    table: Annotated[
        Path, typer.Argument(help="CSV with columns zh, en, aliases (a|b), or one of them.")
    ],
    release: Release = None,
    most: Annotated[int, typer.Option(help="Candidates for each row.", min=1, max=50)] = 3,
) -> None:
    """Propose entities for a table of names, with scores and reasons, as CSV; writes no file.

    `match` is true where one entity alone bears the name. Look at every other row yourself.
    Example: glocal link suggest cities.csv --most 1
    """
    from kg.linking.lookup import suggest
    from kg.linking.name_index import NameIndex
    from kg.store.quad_store import Store
    from kg.store.release_folder import find

    with refusing():
        found = suggest(table, NameIndex.of(Store.open(find(release))), most=most)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for one in found:
        best = one.candidate
        if best is None:
            rows.writerow([one.line, one.name, "", "", "", "false", "nothing here is called so"])
            continue
        name, label = f"id:{best.entity.local_name}", best.entity.label()
        score, match = f"{best.score:g}", str(best.is_match).lower()
        rows.writerow([one.line, one.name, name, label, score, match, best.reason])


@link.command("check")
def check_link_files() -> None:
    """Report what is wrong with the link files; exits 1 if anything is.

    Duplicates, entities with two things of one data set, things that are exactly two entities,
    also by disjoint classes, identifiers that are none. Notes name things that are close to
    several entities, which may be meant so.
    Example: glocal link check
    """
    from kg.linking.link_files import check_links
    from kg.paths import CURATED_FILES
    from kg.sources.folders import read_curated_file, read_ontology

    with refusing():
        entities = sorted((CURATED_FILES / "entities").glob("*.ttl"))
        curated = [quad for path in entities for quad in read_curated_file(path)]
        report = check_links(CURATED_FILES / "links", curated, read_ontology())
        if report.findings:
            raise NotValid(report.findings)
    typer.echo("\n".join([*report.notes, "No findings."]))
