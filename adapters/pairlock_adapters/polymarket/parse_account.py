"""The account's own reads: balances, allowances, what may be sold, bans, the server's time, the region."""

from __future__ import annotations

from attrs import frozen

from pairlock_adapters.polymarket.quantities import MOST_DIGITS, Unreadable, number, text


@frozen
class Holding:
    """A balance in the asset's 1/1,000,000, and how much of it each contract may take (addresses lower case)."""

    balance: int
    allowances: dict[str, int]


def _base_units(value: object, name: str) -> int:
    """Whole units of 1/1,000,000. A decimal point would be another unit: refused, not scaled."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS):
        raise Unreadable(f"{name} is {value!r:.80}, not whole units")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Unreadable(f"{name} is {value!r:.80}")
    if int(value) < 0:
        raise Unreadable(f"{name} is {value!r:.80}")
    return int(value)


def holding(body: object) -> Holding:
    """The answer to ``/balance-allowance``."""
    if not isinstance(body, dict):
        raise Unreadable("a balance that is not an object")
    told = body.get("allowances")
    if not isinstance(told, dict):
        raise Unreadable(f"allowances is {told!r:.80}")
    allowances = {str(spender).lower(): _base_units(each, "an allowance") for spender, each in told.items()}
    return Holding(_base_units(body.get("balance"), "balance"), allowances)


def usable(held: Holding, exchanges: tuple[str, ...]) -> int:
    """What of a balance orders can use: no more than the most that one of the exchanges may take."""
    allowed = [held.allowances[each.lower()] for each in exchanges if each.lower() in held.allowances]
    return min(held.balance, max(allowed)) if allowed else held.balance


def closed_only(body: object) -> bool:
    """The answer to ``/auth/ban-status/closed-only``."""
    found = body.get("closed_only") if isinstance(body, dict) else None
    if not isinstance(found, bool):
        raise Unreadable(f"closed_only is {found!r:.80}")
    return found


def server_time_ms(body: object) -> int:
    """The answer to ``/time``: seconds since 1970, as a number or its text."""
    seconds = number(body.strip() if isinstance(body, str) else body, 3, "the server's time")
    if not 10**12 < seconds < 10**14:
        raise Unreadable(f"the server's time is {body!r:.80}")
    return seconds


@frozen
class Region:
    """What the venue's region check says of our address. ``blocked``: it takes no orders from here."""

    blocked: bool
    country: str
    region: str


def region_of(body: object) -> Region:
    """The answer of the region check."""
    if not isinstance(body, dict) or not isinstance(body.get("blocked"), bool):
        raise Unreadable("the region check does not say whether we are blocked")
    country, region = (
        str(body[key]) if isinstance(body.get(key), str) else "" for key in ("country", "region")
    )
    return Region(bool(body["blocked"]), country, region)


def next_cursor(body: object) -> str:
    """The cursor of the next page; "" where this was the last one."""
    if not isinstance(body, dict):
        raise Unreadable("a page that is not an object")
    found = body.get("next_cursor")
    if found in ("LTE=", ""):
        return ""
    return text(body, "next_cursor")


def positions_e6(body: object) -> dict[str, int]:
    """A page of the Data API's ``/positions``: 1/1,000,000 share by token id. Its sizes are JSON numbers of shares."""
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise Unreadable("positions that are not a list")
    return {text(row, "asset"): number(row.get("size"), 6, "size") for row in body}
