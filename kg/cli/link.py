"""The commands `glocal link suggest`, `glocal link check` and `glocal link export`."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from kg.cli.application import app, content_of, open_store, reporting_errors, say
from kg.cli.options import ContentOption, ReleaseOption
from kg.errors import ValidationFailed

link: Final = typer.Typer(help="Suggest, check and export links to Wikidata and GeoNames.")
app.add_typer(link, name="link", no_args_is_help=True)


@link.command("suggest")
def suggest_links(
    table: Annotated[
        Path,
        typer.Argument(
            help="Table (CSV or TSV) with at least one of the columns zh, en, name and aliases "
            "(separated by |), or names alone, one on each line."
        ),
    ],
    release: ReleaseOption = None,
    most: Annotated[
        int, typer.Option(help="Maximum number of candidates for each row.", min=1, max=50)
    ] = 3,
) -> None:
    """Suggest entities for a table of names, with scores and reasons; prints CSV.

    `match` is true if exactly one entity has the name. Check all other rows yourself. No file is
    written.

    Example: glocal link suggest cities.csv --most 1
    """
    from kg.linking.lookup import suggest_links
    from kg.linking.name_index import NameIndex

    with reporting_errors():
        index = NameIndex.from_store(open_store(release))
        suggestions = suggest_links(table, index, max_candidates=most)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["line", "name", "entity", "label", "score", "match", "reason"])
    for suggestion in suggestions:
        line, name, candidate = suggestion.line, suggestion.name, suggestion.candidate
        if candidate is None:
            rows.writerow([line, name, "", "", "", "false", "no entity has a similar name"])
            continue
        curie, label = f"id:{candidate.entity.local_name}", candidate.entity.label()
        score, match = f"{candidate.score:g}", str(candidate.is_match).lower()
        rows.writerow([line, name, curie, label, score, match, candidate.reason])


@link.command("check")
def check_link_files(content: ContentOption = None) -> None:
    """Check the link files and report all errors; exit code 1 if there are any.

    Errors are duplicate links, invalid identifiers, owl:sameAs, an entity with two matches in one
    data set, and an exact match that several entities share. Close matches that several entities
    share are listed as notes, because they may be intended.

    Example: glocal link check
    """
    from kg.linking.link_files import check_links
    from kg.sources.folders import read_curated_file, read_ontology

    with reporting_errors():
        chosen = content_of(content)
        entities = sorted((chosen.curated / "entities").glob("*.ttl"))
        curated = [quad for path in entities for quad in read_curated_file(path, chosen)]
        report = check_links(chosen.links, curated, read_ontology(chosen.ontology))
        if report.findings:
            raise ValidationFailed(report.findings)
    count = len(report.notes)
    conclusion = (
        f"No errors; {count} note(s), on what may be intended." if count else "No findings."
    )
    say("\n".join([*report.notes, conclusion]))


@link.command("export")
def export_links(
    property_id: Annotated[
        str,
        typer.Option(
            "--property", help="The Wikidata property for our identifiers, such as P12345."
        ),
    ],
    release: ReleaseOption = None,
) -> None:
    """Print commands for QuickStatements (V1) that add our identifiers to Wikidata's items.

    Each item that is an exact match gets the local name of its entity. Nothing is sent.

    Example: glocal link export --property P12345
    """
    from kg.linking.quickstatements import write_quickstatements

    with reporting_errors():
        say(write_quickstatements(open_store(release), property_id), nl=False)
