"""What is found when an account is opened: which keys work, whether the region is served, how far clocks differ."""

from __future__ import annotations

import trio
from attrs import frozen

from pairlock.errors import UserError
from pairlock.ports import VenueError
from pairlock.runner.clock import seconds
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.fields import Unreadable, rows, text
from pairlock_adapters.kalshi.parse_account import tier_limits
from pairlock_adapters.kalshi.words import code_of
from pairlock_adapters.net.answers import Answer, NoAnswer

_MUCH_SKEW_MS = 2_000
_NOBODYS = 401


@frozen
class Found:
    """``sentences``: what an operator should know, the first states the region.

    ``key_ids``: the ids of the account's API keys as the venue lists them; where it does not, of those that work; where
    none is known to, of those that it did not refuse.
    """

    sentences: tuple[str, ...]
    key_ids: frozenset[str]


async def look(client: KalshiClient) -> Found:
    """Ask the venue. Raises UserError where it says that the keys do not see the same orders."""
    name = client.config.name
    found = [f"{name}: this deployment states the region {client.config.region!r}"]
    statuses: dict[str, int] = {}
    listed: frozenset[str] = frozenset()
    try:
        with trio.move_on_after(seconds(client.config.limits.read_timeout_ms)):
            await client.http.warm()
        await client.public("/exchange/status")
        for key in client.keys.usable():
            answer = await client.checked(key, "/portfolio/balance")
            found += _of_key(name, key.name, answer)
            statuses[key.name] = answer.status
        listed = await _listed(client, [each for each, status in statuses.items() if status == 200])
        found += _of_tier(client, await client.read("/account/limits"))
    except NoAnswer as error:
        found.append(f"{name}: it does not answer: {error.reason}")
    except VenueError as error:
        found.append(f"{name}: it does not answer: {error.what}")
    else:
        skew_ms = client.offset.skew_ms()
        if skew_ms is not None and abs(skew_ms) > _MUCH_SKEW_MS:
            found.append(f"{name}: its clock differs from ours by {skew_ms} ms; signatures use its own")
    return Found(tuple(found), listed or _not_refused(client, statuses))


def _not_refused(client: KalshiClient, statuses: dict[str, int]) -> frozenset[str]:
    """The ids of the keys that work; else of those that were not refused as nobody's; else of all."""
    ids = {key.name: key.key_id for key in client.config.keys}
    works = {ids[name] for name, status in statuses.items() if status == 200}
    perhaps = {key_id for name, key_id in ids.items() if statuses.get(name) != _NOBODYS}
    return frozenset(works or perhaps or ids.values())


def _of_key(venue: str, key: str, answer: Answer) -> list[str]:
    if answer.status == 200:
        return [f"{venue}: the key {key!r} works"]
    said = code_of(answer.body)
    what = f"{answer.status} {said}".rstrip()
    if answer.status == 403:
        what += ", so it may not trade, or the region is closed to us"
    return [f"{venue}: the key {key!r} does not work: {what}"]


def _of_tier(client: KalshiClient, answer: Answer) -> list[str]:
    """The account's own limits, and whether the configuration asks for more than they allow."""
    try:
        tier = tier_limits(answer.body)
    except Unreadable:
        return []
    limits = client.config.limits
    budget = f"{tier.read_per_s} tokens a second for reads and {tier.write_per_s} for writes"
    found = [f"{client.config.name}: tier {tier.tier}, {budget}"]
    if limits.read_per_s > tier.read_per_s or limits.write_per_s > tier.write_per_s:
        found.append(f"{client.config.name}: kalshi.limits ask for more than that; lower them")
    return found


async def _listed(client: KalshiClient, works: list[str]) -> frozenset[str]:
    """The ids of the account's keys, as far as the venue tells; nothing where it does not name our own.

    Raises UserError where keys that work are not of one account and subaccount: a read that fails over to the other key
    would not find an order of the first.
    """
    ids = {key.key_id: key.name for key in client.config.keys if key.name in works}
    if not ids:
        return frozenset()
    answer = await client.read("/api_keys")
    try:
        listed = {text(row, "api_key_id"): row.get("subaccount") for row in rows(answer.body, "api_keys")}
    except Unreadable:
        return frozenset()
    own = {ids[key_id]: str(listed.get(key_id, "another account")) for key_id in ids}
    if not ids.keys() & listed.keys():
        return frozenset()
    if len(set(own.values())) > 1:
        raise UserError(
            f"the keys {', '.join(own)} of {client.config.name} do not see the same orders (accounts or subaccounts);"
            " name keys of one alone"
        )
    return frozenset(listed)
