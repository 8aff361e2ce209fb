"""Check the ontology and the curated files and report all findings at once, for `glocal check`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.content import Content, own_content
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import read_frames
from kg.linking.link_files import check_links
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import newest_context_file
from kg.reasoning.axioms.compiler import compile_axioms
from kg.release import check_files
from kg.release.check_contradictions import find_contradictions
from kg.release.check_files import listing_unreadable
from kg.store.saved_queries import read_every_query
from kg.validation.curated import validate
from kg.validation.findings import Finding
from kg.validation.spelling import check_trig_format, check_turtle_format


def check(content: Content | None = None) -> list[Finding]:
    """Return the findings about a content, by default the project's own.

    Statements are not checked if any file is unreadable, because all in it would seem missing;
    contradictions are searched for only if there are no findings other than about spelling. Raises
    MalformedInput if a folder has no files, LimitExceeded if more would be derived than allowed.
    """
    content = content or own_content()
    content.require_own_names(content.root)
    ontology = content.ontology
    facts, modules = check_files.read_facts(content), check_files.read_modules(ontology)
    others = check_files.read_alignments_and_shapes(ontology)
    unreadable_files = [*facts.findings, *modules.findings, *others.findings]
    rules, rule_findings = check_files.check_rules(content, [*facts.quads, *modules.quads])
    file_findings = [*unreadable_files, *rule_findings]
    with listing_unreadable(file_findings, content.queries):
        read_every_query(content)
    if not modules.findings:
        context = newest_context_file(ontology)
        context_findings = check_files.check_context(context, modules.quads)
        # The frames use the names of the context.
        if not context_findings:
            with listing_unreadable(context_findings, ontology):
                read_frames(ontology / "frames", Context.read(context))
        file_findings += context_findings
        all_rules = [*compile_axioms(modules.quads).rules, *rules]
        file_findings += check_files.check_strata(content.rules, all_rules)
    about_facts: list[Finding] = []
    if not unreadable_files:
        with listing_unreadable(about_facts, content.shapes):  # shapes that are not valid SHACL
            about_facts += validate(facts.quads, modules.quads, content)
        about_facts += check_links(content.links, facts.quads, modules.quads).findings
    if not (file_findings or about_facts):
        about_facts = find_contradictions(facts.quads, modules.quads, rules, content)
    paths = [*facts.paths, *modules.paths, *others.paths]
    return [*file_findings, *about_facts, *_spelling_findings(paths, facts.quads)]


def _spelling_findings(paths: Sequence[Path], quads: Iterable[Quad]) -> list[Finding]:
    # The graphs of a TriG file are in the order of their passages in the text.
    offsets = {
        quad.subject.value.removeprefix(PREFIXES["passage"]): int(quad.object.value)
        for quad in quads
        if quad.predicate == GLOCAL["offset"]
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, Literal)
        and quad.object.value.isdecimal()
    }
    trig = [path for path in paths if path.suffix == ".trig"]
    return [
        *check_turtle_format(path for path in paths if path.suffix == ".ttl"),
        *(finding for path in trig for finding in check_trig_format(path, offsets)),
    ]
