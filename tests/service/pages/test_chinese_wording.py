"""How pages in Chinese word and order what they show, on the project's own release."""

import re
from html import unescape

import httpx
import pytest

pytestmark = pytest.mark.slow


def read(service: str, path: str) -> str:
    headers = {"accept": "text/html", "accept-language": "zh"}
    return httpx.get(service + path, headers=headers, follow_redirects=True, timeout=60).text


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def test_names_are_in_the_order_of_pinyin(service: str) -> None:
    worlds = re.findall(r"<option[^>]*>([^<]+)</option>", read(service, "/whatif"))
    linked = re.findall(r'<th scope="row"><a [^>]*>([^<]+)<', read(service, "/links"))

    few = ["不设定", "白思豪", "本杰明·巴伯", "赵可金", "周振华", "假设", "计划"]
    assert [one for one in worlds if one in few] == few
    assert linked[:3] == sorted(linked[:3], key=lambda name: name.casefold().encode("gb18030"))
    assert len(set(linked)) > 20


def test_the_world_that_is_shown_has_the_name_of_its_holder(service: str) -> None:
    plain, barber = (
        text_of(read(service, f"/data/id/London.html{query}"))
        for query in ("", "?view=paper&world=BenjaminBarber")
    )

    assert "世界：不设定" in plain
    assert "世界：本杰明·巴伯" in barber


def test_titles_are_set_apart_from_the_sentence(service: str) -> None:
    page = read(service, "/id/LiteratureMaterialPower")

    assert '<cite lang="zh">《规划世界城市：全球化与城市政治》</cite>' in page
    assert '<cite lang="en">Global Cities: Gorillas in Our Midst</cite>' in page


def test_the_full_stop_of_a_note_is_enough_before_its_graph(service: str) -> None:
    text = text_of(read(service, "/id/London"))

    assert re.search("。 ev:", text)
    assert "。 ·" not in text


def test_values_of_a_question_have_words_in_the_language_of_the_page(service: str) -> None:
    path = "/queries/dimensions-in-which-cities-act"
    page = read(service, path)

    assert 'data-head="解读">严格</td>' in page
    assert ">strict<" not in page
    rows = httpx.get(f"{service}{path}?format=csv", timeout=60).text
    assert ",strict," in rows


def test_a_disagreement_of_two_is_not_said_to_be_of_one(service: str) -> None:
    page = read(service, "/disagreements")

    assert ">鲍里斯·约翰逊与萨迪克·汗的分歧</h3>" in page
    assert "论文对全球城市重获失落主权论的不同意见" in page
