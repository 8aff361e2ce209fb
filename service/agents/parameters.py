"""The parameters that several tools have, as agents read about them."""

from typing import Annotated

from pydantic import Field

from kg.statuses import VIEWS

Name = Annotated[
    str, Field(description="A CURIE such as id:X, a local name, an IRI, or a name in any language.")
]
QueryText = Annotated[
    str, Field(description="SPARQL; the prefixes of the project need no PREFIX line.")
]
NameOrEmpty = Annotated[str, Field(description="As for a name; empty for any.")]
View = Annotated[
    str,
    Field(
        description="Whose judgement to read: facts (and background), paper (also the theses of "
        "the text; the usual one) or readings (also the judgements of the curators).",
        json_schema_extra={"enum": ["", *VIEWS]},
    ),
]
World = Annotated[
    str,
    Field(
        description="What to suppose beyond the view: the claims of one holder, by the holder's "
        "local name, or hypotheses, or plans; empty for nothing. The tool schema lists them."
    ),
]
Limit = Annotated[int, Field(ge=1, le=500, description="The most to list; all are counted.")]
Offset = Annotated[int, Field(ge=0, description="How many to skip, for more of a long list.")]
