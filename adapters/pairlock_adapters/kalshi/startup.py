"""What is found when an account is opened: which keys work, whether the region is served, how far clocks differ."""

from __future__ import annotations

import trio

from pairlock.errors import UserError
from pairlock.ports import VenueError
from pairlock.runner.clock import seconds
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.fields import Unreadable, rows, text
from pairlock_adapters.kalshi.parse_account import tier_limits
from pairlock_adapters.kalshi.words import code_of
from pairlock_adapters.net.answers import Answer, NoAnswer

_MUCH_SKEW_MS = 2_000


async def findings(client: KalshiClient) -> tuple[str, ...]:
    """A sentence for each thing that an operator should know; the first states the region. Raises UserError
    where the venue says that the keys do not see the same orders."""
    name = client.config.name
    found = [f"{name}: this deployment states the region {client.config.region!r}"]
    try:
        with trio.move_on_after(seconds(client.config.limits.read_timeout_ms)):
            await client.http.warm()
        await client.public("/exchange/status")
        works = []
        for key in client.keys.usable():
            answer = await client.checked(key, "/portfolio/balance")
            found += _of_key(name, key.name, answer)
            works += [key.name] if answer.status == 200 else []
        await _see_the_same(client, works)
        found += _of_tier(client, await client.read("/account/limits"))
    except NoAnswer as error:
        return (*found, f"{name}: it does not answer: {error.reason}")
    except VenueError as error:
        return (*found, f"{name}: it does not answer: {error.what}")
    skew_ms = client.offset.skew_ms()
    if skew_ms is not None and abs(skew_ms) > _MUCH_SKEW_MS:
        found.append(f"{name}: its clock differs from ours by {skew_ms} ms; signatures use its own")
    return tuple(found)


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


async def _see_the_same(client: KalshiClient, works: list[str]) -> None:
    """Raises UserError where keys that work are not of one account and subaccount, as far as the venue tells: a read
    that fails over to the other key would not find an order of the first."""
    ids = {key.key_id: key.name for key in client.config.keys if key.name in works}
    if len(ids) < 2:
        return
    answer = await client.read("/api_keys")
    try:
        listed = {text(row, "api_key_id"): row.get("subaccount") for row in rows(answer.body, "api_keys")}
    except Unreadable:
        return
    own = {ids[key_id]: str(listed.get(key_id, "another account")) for key_id in ids}
    if ids.keys() & listed.keys() and len(set(own.values())) > 1:
        raise UserError(
            f"the keys {', '.join(own)} of {client.config.name} do not see the same orders (accounts or subaccounts);"
            " name keys of one alone"
        )
