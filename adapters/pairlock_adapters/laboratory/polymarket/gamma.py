"""Gamma: markets and events to look for, by id, slug, condition or token, in pages, and by words."""

from __future__ import annotations

from collections.abc import Callable

from pairlock_adapters.laboratory.polymarket.ask import OK, Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.market_bodies import gamma_event, gamma_market
from pairlock_adapters.laboratory.polymarket.paging import keyset_page, limit_of
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

_FIELDS: dict[str, Callable[[Listing], tuple[str, ...]]] = {
    "id": lambda each: (each.number,),
    "slug": lambda each: (each.slug,),
    "condition_ids": lambda each: (each.market,),
    "question_ids": lambda each: (each.market,),
    "clob_token_ids": lambda each: each.tokens,
}


def status(desk: Desk, ask: Ask) -> object:
    return OK


def empty(desk: Desk, ask: Ask) -> object:
    """Of what the laboratory has none: tags, teams, series, comments."""
    return []


def _wanted(desk: Desk, ask: Ask) -> list[Listing]:
    """The markets that the query names; open ones unless it says otherwise, as the venue does."""
    found = desk.catalog.all()
    named = False
    for name, values_of in _FIELDS.items():
        values = set(ask.many(name))
        if values:
            named = True
            found = [each for each in found if values & set(values_of(each))]
    closed = ask.one("closed")
    if closed or not named:
        found = [each for each in found if each.closed is (closed == "true")]
    return found


def _events(listings: list[Listing]) -> list[list[Listing]]:
    by_event: dict[str, list[Listing]] = {}
    for each in listings:
        by_event.setdefault(each.event, []).append(each)
    return list(by_event.values())


def _wanted_events(desk: Desk, ask: Ask) -> list[dict[str, object]]:
    groups = _events(desk.catalog.all())
    ids, slugs = set(ask.many("id")), set(ask.many("slug"))
    if ids:
        groups = [group for group in groups if group[0].event_number in ids]
    if slugs:
        groups = [group for group in groups if group[0].event in slugs]
    closed = ask.one("closed")
    if closed or not (ids or slugs):
        groups = [g for g in groups if all(each.closed for each in g) is (closed == "true")]
    return [gamma_event(group) for group in groups]


def _slice(rows: list[dict[str, object]], ask: Ask) -> list[dict[str, object]]:
    offset = ask.one("offset", "0")
    if not offset.isdecimal() or len(offset) > 9:
        raise Refusal(422, "offset must be a number", type="validation error")
    start = int(offset)
    return rows[start : start + limit_of(ask.one("limit", "20"), 20, 500)]


def markets(desk: Desk, ask: Ask) -> object:
    return _slice([gamma_market(each) for each in _wanted(desk, ask)], ask)


def markets_keyset(desk: Desk, ask: Ask) -> object:
    rows = [gamma_market(each) for each in _wanted(desk, ask)]
    return keyset_page(rows, ask.one("after_cursor"), limit_of(ask.one("limit", "20"), 20, 500), "markets")


def _one(found: list[Listing], what: str) -> Listing:
    if not found:
        raise Refusal(404, "id not found" if what == "id" else "slug not found", type="not found error")
    return found[0]


def market(desk: Desk, ask: Ask) -> object:
    return gamma_market(_one([e for e in desk.catalog.all() if e.number == ask.path["id"]], "id"))


def market_by_slug(desk: Desk, ask: Ask) -> object:
    return gamma_market(_one([e for e in desk.catalog.all() if e.slug == ask.path["slug"]], "slug"))


def events(desk: Desk, ask: Ask) -> object:
    return _slice(_wanted_events(desk, ask), ask)


def events_keyset(desk: Desk, ask: Ask) -> object:
    rows = _wanted_events(desk, ask)
    return keyset_page(rows, ask.one("after_cursor"), limit_of(ask.one("limit", "20"), 20, 500), "events")


def event(desk: Desk, ask: Ask) -> object:
    first = _one([e for e in desk.catalog.all() if e.event_number == ask.path["id"]], "id")
    return gamma_event([e for e in desk.catalog.all() if e.event == first.event])


def event_by_slug(desk: Desk, ask: Ask) -> object:
    found = [e for e in desk.catalog.all() if e.event == ask.path["slug"]]
    _one(found, "slug")
    return gamma_event(found)


def search(desk: Desk, ask: Ask) -> object:
    """Events whose market's words hold every word that was asked for."""
    words = ask.one("q").lower().split()
    if not words:
        raise Refusal(422, "q is required", type="validation error")
    keep = ask.one("keep_closed_markets") in ("1", "true") or ask.one("events_status") in (
        "closed",
        "resolved",
    )
    groups = [
        group
        for group in _events(desk.catalog.all())
        if any(all(w in f"{e.question} {e.slug} {e.event}".lower() for w in words) for e in group)
        and (keep or not all(e.closed for e in group))
    ]
    page = limit_of(ask.one("page", "1"), 1, 10**9)
    size = limit_of(ask.one("limit_per_type", "10"), 10, 100)
    shown = groups[(page - 1) * size : page * size]
    return {
        "events": [gamma_event(group) for group in shown],
        "tags": [],
        "profiles": [],
        "pagination": {"hasMore": page * size < len(groups), "totalResults": len(groups)},
    }


def public_profile(desk: Desk, ask: Ask) -> object:
    raise Refusal(404, "profile not found", type="not found error")
