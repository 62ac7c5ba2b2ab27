"""What both adapters say of their account: words without secrets, of which another account has none."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from attrs import evolve

from kalshi_server import Asked, Said, Server, account
from pairlock.errors import UserError
from pairlock.ports import identity_of
from pairlock_adapters.kalshi.build import OrderSettings
from pairlock_adapters.polymarket.build import Wallet, fields_of
from pairlock_adapters.polymarket.contracts import contracts_of
from pairlock_adapters.polymarket.sign.order import SignatureType, order_hash
from pairlock_adapters.polymarket.wallets import identity_of as wallet_words
from polymarket_kit import FUNDER, INTENT, MARKET, wallet
from polymarket_server import trading


def word(key_id: str, where: str = "subaccount 0 shard 0") -> str:
    return f"key {sha256(key_id.encode()).hexdigest()[:16]} {where}"


def listing(*key_ids: str) -> dict[str, Any]:
    return {"api_keys": [{"api_key_id": each, "name": each, "scopes": ["read"]} for each in key_ids]}


async def test_kalshi_is_known_by_the_keys_that_it_lists_which_are_not_shown() -> None:
    server = Server()
    server.always(("GET", "/api_keys"), listing("key-0", "another of it"))
    async with account(server) as venue:
        assert venue.identity == tuple(sorted((word("key-0"), word("another of it"))))
        assert not any("key-0" in each for each in venue.identity)


@pytest.mark.parametrize("said", [Said(403, {"error": "scope"}), {"api_keys": "?"}, listing("strange")])
async def test_where_kalshi_lists_nothing_of_use_the_keys_that_work_count(said: Any) -> None:
    server = Server()
    server.always(("GET", "/api_keys"), said)
    async with account(server, keys=2) as venue:
        assert venue.identity == (word("key-0"),)
        assert any("one vouches for it" in each for each in venue.findings)
        assert [key.name for key in venue.client.keys.usable()] == ["number 0", "number 1"]


async def test_a_dead_key_that_is_still_configured_vouches_for_no_other_account() -> None:
    """Of the journal's key and a stranger's, the journal's is dead: every read is signed by the stranger's."""
    server = Server()

    def balance(asked: Asked) -> Any:
        return (
            Said(401, {"error": {"code": "authentication_error"}}) if asked.key == "key-0" else {"balance": 1}
        )

    server.on["GET", "/portfolio/balance"] = balance
    async with account(server, keys=2) as venue:
        assert venue.identity == (word("key-1"),)


@pytest.mark.parametrize("silent", ["/exchange/status", "/portfolio/balance"])
async def test_where_kalshi_does_not_answer_the_first_key_counts(silent: str) -> None:
    """The other key may be a stranger's: written into the journal it would vouch for that account later."""
    server = Server()
    server.always(("GET", silent), Said(0, cut=True))
    async with account(server, keys=2) as venue:
        assert venue.identity == (word("key-0"),)


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_a_strangers_key_that_does_not_work_at_the_start_is_refused(status: int) -> None:
    """It may work a second later, and would then be asked for the orders of the other."""
    server = Server()

    def balance(asked: Asked) -> Any:
        return Said(status, {"error": {"code": "wait"}}) if asked.key == "key-0" else {"balance": 1}

    server.on["GET", "/portfolio/balance"] = balance
    server.on["GET", "/api_keys"] = lambda asked: listing(asked.key)
    with pytest.RaisesGroup(
        pytest.RaisesExc(UserError, match="do not see the same orders"), flatten_subgroups=True
    ):
        async with account(server, keys=2):
            pass


async def test_another_subaccount_or_shard_of_the_same_keys_is_another_account() -> None:
    """What an exit may sell lies in one of them alone."""
    async with account(Server(), orders=OrderSettings(subaccount=3), shard=1) as venue:
        assert venue.identity == (word("key-0", "subaccount 3 shard 1"),)
    async with account(Server(), orders=OrderSettings(subaccount=0)) as venue:
        assert venue.identity == (word("key-0"),)


async def test_polymarket_is_known_by_its_wallet() -> None:
    async with trading() as (_, venue):
        assert identity_of(venue) == (wallet_words(venue._wallet),)


_OTHERS: dict[str, Callable[[Wallet], Wallet]] = {
    "chain": lambda own: evolve(own, chain_id=80_002),
    "signature type": lambda own: evolve(own, signature_type=SignatureType.SAFE),
    "signer": lambda own: evolve(own, signer=FUNDER),
    "wallet": lambda own: evolve(own, funder="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    "metadata": lambda own: evolve(own, metadata=b"\x01" * 32),
    "builder": lambda own: evolve(own, builder=b"\x02" * 32),
}


@pytest.mark.parametrize("what", _OTHERS)
def test_whatever_changes_an_orders_id_changes_polymarkets_identity(what: str) -> None:
    own = wallet(SignatureType.PROXY)
    other = _OTHERS[what](own)
    assert order_hash(*fields_of(INTENT, MARKET, own)) != order_hash(*fields_of(INTENT, MARKET, other))
    assert wallet_words(own) != wallet_words(other)
    assert len(_OTHERS) == len(Wallet.__attrs_attrs__), "a new setting of the wallet needs a line here"


def test_the_chain_and_each_exchange_are_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where two chains have the same addresses, or a later version of this program names another one."""
    of = contracts_of(137)
    monkeypatch.setattr("pairlock_adapters.polymarket.wallets.contracts_of", lambda chain_id: of)
    own = wallet()
    assert wallet_words(own) != wallet_words(evolve(own, chain_id=80_002))
    for name in ("exchange_v2", "neg_risk_exchange_v2", "exchange_v3"):
        changes: dict[str, Any] = {name: FUNDER}
        other = evolve(of, **changes)
        with monkeypatch.context() as later:
            later.setattr("pairlock_adapters.polymarket.wallets.contracts_of", lambda _, found=other: found)
            changed = wallet_words(own)
        assert changed != wallet_words(own), name
