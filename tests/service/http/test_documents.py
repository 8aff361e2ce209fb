from service.http.documents import WebLink, link_header, linkset_as_json, linkset_as_text, to_uri

LINKS = {
    "/a.html": [
        WebLink("describedby", "/a.ttl", "text/turtle"),
        WebLink("alternate", "/a.ttl", "text/turtle"),
        WebLink("alternate", "/a.html?lang=zh", "text/html", "zh"),
    ],
    "/a.ttl": [WebLink("cite-as", "https://example.org/a")],
}


def test_links_to_the_same_target_are_one_with_several_relations_but_for_alternates() -> None:
    links = [
        WebLink("describedby", "/a.ttl", "text/turtle"),
        WebLink("item", "/a.ttl", "text/turtle"),
    ]

    assert link_header([*links, *LINKS["/a.html"][1:]], root="/below") == (
        '</below/a.ttl>; rel="describedby item"; type="text/turtle", '
        '</below/a.ttl>; rel="alternate"; type="text/turtle", '
        '</below/a.html?lang=zh>; rel="alternate"; type="text/html"; hreflang="zh"'
    )


def test_a_set_of_links_in_json_groups_them_by_anchor_and_relation() -> None:
    assert linkset_as_json(LINKS, "http://here") == {
        "linkset": [
            {
                "anchor": "http://here/a.html",
                "describedby": [{"href": "http://here/a.ttl", "type": "text/turtle"}],
                "alternate": [
                    {"href": "http://here/a.ttl", "type": "text/turtle"},
                    {
                        "href": "http://here/a.html?lang=zh",
                        "type": "text/html",
                        "hreflang": ["zh"],
                    },
                ],
            },
            {"anchor": "http://here/a.ttl", "cite-as": [{"href": "https://example.org/a"}]},
        ]
    }


def test_a_set_of_links_as_text_names_the_anchor_of_each() -> None:
    first, *_, last = linkset_as_text(LINKS, "http://here").split(",\n")

    assert first == (
        '<http://here/a.ttl>; rel="describedby"; type="text/turtle"; anchor="http://here/a.html"'
    )
    assert last == '<https://example.org/a>; rel="cite-as"; anchor="http://here/a.ttl"'


def test_an_iri_is_a_uri_in_a_header() -> None:
    assert to_uri("https://example.org/城 #a%20b") == "https://example.org/%E5%9F%8E%20#a%20b"
