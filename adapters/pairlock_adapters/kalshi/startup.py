"""What is found when an account is opened: which keys work, whether the region is served, how far clocks differ."""

from __future__ import annotations

import trio
from attrs import frozen

from pairlock.errors import UserError
from pairlock.ports import VenueError
from pairlock.runner.clock import seconds
from pairlock_adapters.kalshi.client import KalshiClient, SigningKey
from pairlock_adapters.kalshi.fields import Unreadable, rows, text
from pairlock_adapters.kalshi.parse_account import tier_limits
from pairlock_adapters.kalshi.words import code_of
from pairlock_adapters.net.answers import Answer, NoAnswer

_MUCH_SKEW_MS = 2_000
_NOBODYS = 401


@frozen
class Found:
    """``sentences``: what an operator should know, the first states the region.

    ``key_ids``: the ids of the account's API keys as the venue lists them; where it does not, of the one key that is
    used first, since nothing tells that the others are of its account.
    """

    sentences: tuple[str, ...]
    key_ids: frozenset[str]


async def look(client: KalshiClient) -> Found:
    """Ask the venue. Raises UserError where it says that the keys do not see the same orders."""
    name = client.config.name
    found = [f"{name}: this deployment states the region {client.config.region!r}"]
    statuses: dict[str, int] = {}
    listed: dict[str, object] = {}
    try:
        with trio.move_on_after(seconds(client.config.limits.read_timeout_ms)):
            await client.http.warm()
        await client.public("/exchange/status")
        works: list[SigningKey] = []
        for key in client.keys.usable():
            answer = await client.checked(key, "/portfolio/balance")
            found += _of_key(name, key.name, answer)
            statuses[key.name] = answer.status
            works += [key] if answer.status == 200 else []
        if works:
            listed = await _listed(client, works[0])
            found += (
                [] if listed else [f"{name}: it does not list the account's keys, so that one vouches for it"]
            )
        found += _of_tier(client, await client.read("/account/limits"))
    except NoAnswer as error:
        found.append(f"{name}: it does not answer: {error.reason}")
    except VenueError as error:
        found.append(f"{name}: it does not answer: {error.what}")
    else:
        skew_ms = client.offset.skew_ms()
        if skew_ms is not None and abs(skew_ms) > _MUCH_SKEW_MS:
            found.append(f"{name}: its clock differs from ours by {skew_ms} ms; signatures use its own")
    _refuse_strangers(client, statuses, listed)
    return Found(tuple(found), frozenset(listed) or _used_first(client, statuses))


async def _listed(client: KalshiClient, key: SigningKey) -> dict[str, object]:
    """The ids of the account's keys, each with its subaccount, as ``key`` is told; nothing where it is not among them.

    What the answer says of the key is not held against it: it may trade and yet not list.
    """
    try:
        answer = await client.checked(key, "/api_keys", counts=False)
        listed = {text(row, "api_key_id"): row.get("subaccount") for row in rows(answer.body, "api_keys")}
    except (NoAnswer, Unreadable):
        return {}
    return listed if any(own.key_id in listed for own in client.config.keys if own.name == key.name) else {}


def _refuse_strangers(client: KalshiClient, statuses: dict[str, int], listed: dict[str, object]) -> None:
    """Raises UserError where keys that may work are not of one account and subaccount, as far as the venue tells: a
    read that fails over to the other key would not find an order of the first."""
    alive = [key for key in client.config.keys if statuses.get(key.name) != _NOBODYS]
    seen = {str(listed.get(key.key_id, "another account")) for key in alive}
    if listed and len(seen) > 1:
        raise UserError(
            f"the keys {', '.join(key.name for key in alive)} of {client.config.name} do not see the same orders "
            "(accounts or subaccounts); name keys of one alone"
        )


def _used_first(client: KalshiClient, statuses: dict[str, int]) -> frozenset[str]:
    """The id of the first key that works; else of the first that was not refused as nobody's; else of the first."""
    keys = client.config.keys
    works = [key for key in keys if statuses.get(key.name) == 200]
    perhaps = [key for key in keys if statuses.get(key.name) != _NOBODYS]
    return frozenset({(works or perhaps or keys)[0].key_id})


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
