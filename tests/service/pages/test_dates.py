"""Dates and times in the words of pages."""

import pytest

from service.pages.dates import write_time
from service.pages.terms import read_words


@pytest.mark.parametrize(
    ("time", "english", "chinese"),
    [
        ("2005", "2005", "2005年"),
        ("2005-10", "October 2005", "2005年10月"),
        ("2005-10-03", "3 October 2005", "2005年10月3日"),
        ("2007/..", "since 2007", "2007年起"),
        ("../2010-05", "until May 2010", "截至2010年5月"),
        ("2001/2005", "2001–2005", "2001–2005年"),
        ("2001-03/2005", "March 2001–2005", "2001年3月–2005年"),
        ("2005-10-03T10:00:00Z", "2005-10-03T10:00:00Z", "2005-10-03T10:00:00Z"),
        ("2005-13", "2005-13", "2005-13"),
    ],
)
def test_a_time_is_written_in_words(time: str, english: str, chinese: str) -> None:
    assert write_time(time, read_words("en")) == english
    assert write_time(time, read_words("zh")) == chinese
