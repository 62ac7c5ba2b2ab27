"""Pages of rows: the order book's cursors (base64 of an offset), Gamma's and Data's."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pairlock_adapters.laboratory.polymarket.refusal import Refusal

FIRST, LAST = "MA==", "LTE="
PAGE_ROWS = 100


def offset_of(cursor: str) -> int:
    """Where the page begins; "" is the first. ``Refusal`` for a cursor that was never handed out."""
    try:
        text = base64.b64decode(cursor or FIRST, validate=True).decode("ascii")
        offset = int(text) if text.isdecimal() and len(text) < 12 else -1
    except ValueError:  # no base64, or no text
        offset = -1
    if offset < 0:
        raise Refusal(400, "Invalid next_cursor")
    return offset


def cursor_of(offset: int) -> str:
    return base64.b64encode(str(offset).encode()).decode()


def clob_page(rows: Sequence[object], cursor: str, limit: int = PAGE_ROWS) -> dict[str, object]:
    """A page with the order book's envelope; its ``next_cursor`` says -1 (``LTE=``) after the last row."""
    offset = offset_of(cursor)
    data = list(rows[offset : offset + limit])
    more = offset + limit < len(rows)
    return {
        "limit": limit,
        "count": len(data),
        "next_cursor": cursor_of(offset + limit) if more else LAST,
        "data": data,
    }


def keyset_page(rows: Sequence[object], cursor: str, limit: int, name: str) -> dict[str, object]:
    """A page as Gamma's keyset lists have it: no ``next_cursor`` after the last row."""
    offset = offset_of(cursor)
    page: dict[str, object] = {name: list(rows[offset : offset + limit])}
    if offset + limit < len(rows):
        page["next_cursor"] = cursor_of(offset + limit)
    return page


def data_page(rows: Sequence[object], cursor: str, limit: int) -> dict[str, object]:
    """A page with the envelope of the Data service's second version."""
    offset = offset_of(cursor)
    more = offset + limit < len(rows)
    return {
        "data": list(rows[offset : offset + limit]),
        "pagination": {"has_more": more, "next_cursor": cursor_of(offset + limit) if more else None},
    }


def limit_of(text: str | None, default: int, most: int) -> int:
    """A ``limit`` parameter, cut to what a page may hold; ``Refusal`` if it is no number."""
    if text is None:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise Refusal(400, "Invalid limit")
    return max(1, min(int(text), most))
