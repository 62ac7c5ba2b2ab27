"""What is found when an account is opened: region, keys, bans, allowances, exchange version, and how clocks differ."""

from __future__ import annotations

import trio

from pairlock.ports import Clock, VenueError
from pairlock.runner.clock import seconds
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.polymarket import parse_account
from pairlock_adapters.polymarket.account import AccountReads
from pairlock_adapters.polymarket.client import PolymarketClient
from pairlock_adapters.polymarket.config import PolymarketConfig
from pairlock_adapters.polymarket.quantities import Unreadable

_MUCH_SKEW_MS = 2_000
_SIGNED_VERSIONS = (2, 3)


async def findings(client: PolymarketClient, account: AccountReads, clock: Clock) -> tuple[str, ...]:
    """A sentence for each thing that an operator should know; the first states the region. Raises nothing."""
    config = client.config
    found = [f"{config.name}: this deployment states the region {config.region!r}"]
    found += await _where_we_are(config, clock)
    try:
        with trio.move_on_after(seconds(config.limits.read_timeout_ms)):
            await client.http.warm()
        await client.measure_time()
        found += await _version(client)
        found += await _keys(client)
        if await account.closed_only():
            found.append(f"{config.name}: the address is in closed-only mode: entries will be refused")
        found += [
            f"{config.name}: the exchange {each} may take no pUSD of the wallet; approve it, or its buys are refused"
            for each in await account.lacking()
        ]
    except NoAnswer as error:
        return (*found, f"{config.name}: it does not answer: {error.reason}")
    except VenueError as error:
        return (*found, f"{config.name}: it does not answer: {error.what}")
    except Unreadable as error:
        return (*found, f"{config.name}: an answer at the start cannot be read: {error}")
    skew_ms = client.offset.skew_ms()
    if skew_ms is not None and abs(skew_ms) > _MUCH_SKEW_MS:
        found.append(f"{config.name}: its clock differs from ours by {skew_ms} ms; signatures use its own")
    return tuple(found)


async def _where_we_are(config: PolymarketConfig, clock: Clock) -> list[str]:
    if not config.geoblock_url:
        return []
    http = VenueHttp(config.geoblock_url, clock, ca_file=config.ca_file)
    try:
        answer = await http.request("GET", "/api/geoblock", timeout_ms=config.limits.read_timeout_ms)
        region = parse_account.region_of(answer.body if answer.status == 200 else None)
    except NoAnswer as error:
        return [f"{config.name}: the region check does not answer: {error.reason}"]
    except Unreadable as error:
        return [f"{config.name}: {error}"]
    finally:
        await http.aclose()
    place = " ".join(each for each in (region.country, region.region) if each) or "an unnamed place"
    if region.blocked:
        return [f"{config.name}: orders from {place} are refused; this deployment cannot trade here"]
    return [f"{config.name}: the venue sees us in {place} and takes orders from there"]


async def _version(client: PolymarketClient) -> list[str]:
    """The exchange version that the venue asks for; a venue that does not say is not doubted."""
    answer = await client.public("/version")
    version = answer.body.get("version") if answer.status == 200 and isinstance(answer.body, dict) else None
    if version is None or version in _SIGNED_VERSIONS:
        return []
    return [f"{client.config.name}: it asks for exchange version {version!r:.20}, which we do not sign"]


async def _keys(client: PolymarketClient) -> list[str]:
    found = []
    for key in client.keys.usable():
        answer = await client.checked(key, "/auth/api-keys")
        works = "works" if answer.status == 200 else f"does not work: {answer.status}"
        found.append(f"{client.config.name}: the key {key.name!r} {works}")
    return found
