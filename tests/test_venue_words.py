"""What the venues say, as data: the page is the data printed, every row has a source, and rows decide as they say."""

from pathlib import Path

import pytest

from pairlock_adapters.kalshi.words import (
    ORDER_WORDS,
    REFUSING,
    certainly_nothing,
    code_of,
    order_word,
)
from pairlock_adapters.words_page import Certainty, lines, pages

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_is_fresh_and_generated_with_the_others() -> None:
    page = (ROOT / "docs" / "venues.md").read_text(encoding="utf-8")
    assert page == "\n".join(lines()).rstrip("\n") + "\n", "docs/venues.md is stale: run `make generated`"
    assert '"docs/venues.md"' in (ROOT / "tools" / "generated.py").read_text(encoding="utf-8")


def test_every_row_has_as_many_cells_as_its_table_has_columns() -> None:
    for page in pages():
        assert page.tables
        for table in page.tables:
            assert {len(row) for row in table.rows} == {len(table.columns)}, table.title


def test_every_word_of_kalshi_has_a_meaning_and_a_source_and_no_two_rows_say_the_same() -> None:
    assert all(word.meaning and word.source for word in ORDER_WORDS)
    keys = [(word.statuses, word.code) for word in ORDER_WORDS]
    assert len(set(keys)) == len(keys)
    assert Certainty.YES not in {word.certainty for word in ORDER_WORDS}


@pytest.mark.parametrize("word", ORDER_WORDS, ids=lambda word: f"{word.code or word.statuses}")
def test_a_row_is_the_one_that_decides_for_its_own_words(word: object) -> None:
    """A row that an earlier one hides would be a line of the page that is not true."""
    found = next(each for each in ORDER_WORDS if each is word)
    for status in found.statuses or REFUSING:
        for body in ({"error": {"code": found.code}}, {"code": found.code}):
            assert order_word(status, body) is found


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("code", ["insufficient_balance", "internal_error", "", "too many requests"])
def test_under_408_and_5xx_a_refusal_is_not_believed(status: int, code: str) -> None:
    assert certainly_nothing(status, {"error": {"code": code}}) == ""


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 404, 409, 418])
def test_a_word_never_seen_is_unknown_under_any_status(status: int) -> None:
    assert certainly_nothing(status, {"error": {"code": "brand_new_word"}}) == ""


@pytest.mark.parametrize("status", [200, 201, 302])
def test_a_refusal_below_400_is_not_a_refusal(status: int) -> None:
    assert certainly_nothing(status, {"error": {"code": "deprecated_v1_order_endpoint"}}) == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "a", "message": "b"}}, "a"),
        ({"code": "a", "message": "b"}, "a"),
        ({"error": "a"}, "a"),
        ({"error": {"message": "b"}, "code": "a"}, "a"),
        ({"error": {"code": 7}}, ""),
        ({"error": None}, ""),
        ("a", ""),
        (None, ""),
        ([], ""),
    ],
)
def test_the_code_is_found_flat_nested_or_as_a_text(body: object, code: str) -> None:
    assert code_of(body) == code
