from pathlib import Path

import pytest

from kg.errors import MalformedFile
from kg.namespaces import ABOUT, DCTERMS
from kg.publication.dataset import read_dataset


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("about:dataset dcterms:title", "dataset.ttl:1:"),
        ("about:dataset dcterms:title 'a'@en .", "one dcterms:title in @en and one in @zh"),
        ("about:other dcterms:title 'a'@en , '甲'@zh .", "dcterms:title in @en"),
        ("about:dataset dcterms:title 'a'@en , 'b'@en , '甲'@zh .", "dcterms:title in @en"),
        ("about:dataset dcterms:title 'a'@en , '甲'@zh .", "dcterms:description in @en"),
        (
            "about:dataset dcterms:title 'a'@en , '甲'@zh ; dcterms:description 'a'@en , '甲'@zh .",
            "dcterms:license",
        ),
    ],
)
def test_a_data_set_without_what_it_needs_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "dataset.ttl"
    path.write_text(
        f"@prefix dcterms: <{DCTERMS}> . @prefix about: <{ABOUT}> . {text}", encoding="utf-8"
    )

    with pytest.raises(MalformedFile, match=reason):
        read_dataset(path)
