"""Another account than the journal's is refused while anything is open there: its orders could not be found."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup, Wrap
from kalshi_server import Server, account
from pairlock import S
from pairlock.codec import parse
from pairlock.facts import NotFound, OutcomeUnknown
from pairlock.lifecycle import CLOSED
from pairlock.ports import Deliver, Identified, OrderIntent, WriteGuard
from pairlock_adapters.polymarket.build import Wallet, fields_of
from pairlock_adapters.polymarket.sign.order import SignatureType, order_hash
from pairlock_adapters.polymarket.wallets import identity_of
from pairlock_adapters.simulated.truth import Truth
from polymarket_kit import FUNDER, INTENT, MARKET, wallet
from polymarket_server import trading
from test_regressions_review_opening import refused
from venue_kit import Wrapped


class Known(Wrapped):
    """Polymarket says whose it is; what becomes of an order there neither its answer nor a stream tells."""

    words: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        return self.words if self.name == "polymarket" else ()

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> Any:
        said = await super().place(intent, guard)
        return OutcomeUnknown(self.now_ms(), intent.intent_id, "lost") if self.name == "polymarket" else said

    async def stream(self, deliver: Deliver) -> None:
        if self.name == "polymarket":
            await trio.sleep_forever()
        await super().stream(deliver)


def who(*words: str) -> Wrap:
    """Polymarket's venue as the account of these words."""
    return type("As", (Known,), {"words": words})


class Stranger(Known):
    """Another account: the venue truly knows none of its orders."""

    words = ("wallet B",)

    async def read_order(self, intent: OrderIntent, venue_ref: str) -> Any:
        if self.name == "polymarket":
            return NotFound(self.now_ms(), intent.intent_id, self.now_ms())
        return await super().read_order(intent, venue_ref)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Setup(sizes=LONG_LIVES))


def filled(truth: Truth) -> int:
    """How many legs are held at the venues."""
    return int(next(truth.rows("SELECT count(*) FROM positions WHERE qty_e6<>0"))[0])


async def leaves_a_trade_open(bench: Bench) -> None:
    """The engine is gone when both venues have filled and, of Polymarket's order, nothing is known."""
    trade = await bench.submit(bench.pair("polymarket"))
    await bench.until(lambda: filled(bench.world.truth) == 2)
    assert trade.state is S.EXECUTING
    bench.scope.cancel()
    await trio.sleep_forever()


async def nothing(bench: Bench) -> None:
    """The engine opens, and its host goes away again."""
    bench.scope.cancel()
    await trio.sleep_forever()


async def never(bench: Bench) -> None:
    raise AssertionError("it opened")


def opens(place: Place, wrap: Wrap, **how: Any) -> None:
    with pytest.raises(Gone):
        place.run(nothing, operator=False, wrap=wrap, **how)


def left_open(place: Place, *words: str) -> None:
    with pytest.raises(Gone):
        place.run(leaves_a_trade_open, operator=False, wrap=who(*words))


def test_another_account_is_refused_while_a_trade_is_open_and_nothing_changes(place: Place) -> None:
    left_open(place, "wallet A")
    before = place.values()
    said = refused(lambda: place.run(never, operator=False, wrap=Stranger))
    for part in (place.journal, "polymarket as wallet A", "is wallet B", "accept_accounts"):
        assert part in said
    assert place.values() == before, "a refusal half did something"

    class Back(Known):
        words = ("wallet A",)

    place.run(_all_closes, wrap=Back)
    (trade,) = place.values()
    assert trade.state in CLOSED


async def _all_closes(bench: Bench) -> None:
    await bench.close_all()
    assert bench.engine.open_trades() == []
    assert bench.broken == []


def test_without_the_refusal_a_stranger_would_close_the_trade_wrongly(place: Place) -> None:
    """What is refused does harm: this is the run in which an operator vouches for an account that is another one."""
    left_open(place, "wallet A")

    async def goes_on(bench: Bench) -> None:
        await bench.until(lambda: bool(bench.broken), within_ms=3_600_000)
        bench.scope.cancel()
        await trio.sleep_forever()

    with pytest.raises(Gone):
        place.run(goes_on, operator=False, wrap=Stranger, accept_accounts=("polymarket",))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("key 1", "key 2"), ("key 2",)),  # one was revoked
        (("key 1",), ("key 1", "key 3")),  # one was added
        (("key 1",), ()),  # a venue that does not say whose it is, is not doubted
        ((), ("key 1",)),
    ],
)
def test_the_same_account_goes_on(before: tuple[str, ...], now: tuple[str, ...], place: Place) -> None:
    left_open(place, *before)
    opens(place, who(*now))


def test_what_a_venue_said_outlives_a_start_in_which_it_said_nothing(place: Place) -> None:
    left_open(place, "key 1")
    opens(place, who())
    assert "as key 1" in refused(lambda: place.run(never, operator=False, wrap=who("key 2")))


def test_keys_that_are_all_new_are_accepted_once_by_name(place: Place) -> None:
    left_open(place, "key 1")
    opens(place, who("key 2"), accept_accounts=("polymarket",))
    opens(place, who("key 2"))
    assert "as key 2" in refused(lambda: place.run(never, operator=False, wrap=who("key 1")))


@pytest.mark.parametrize("accepted", ["polymarket", ("polymarkt",), ("kalshi",)])
def test_a_name_that_accepts_nothing_is_refused(accepted: Any, place: Place) -> None:
    left_open(place, "key 1")
    said = refused(lambda: place.run(never, operator=False, wrap=who("key 1"), accept_accounts=accepted))
    assert "accept_accounts names" in said
    assert "leave it out" in said


def test_without_open_trades_any_account_may_come(place: Place) -> None:
    left_open(place, "wallet A")
    place.run(_all_closes, wrap=who("wallet A"))
    opens(place, who("wallet B"))


def test_the_journal_tells_whose_account_it_was(place: Place) -> None:
    left_open(place, "key 2", "key 1")
    store = place.setup.store(place.journal)
    try:
        opened = [parse(record.body) for record in store.records() if record.kind == "opened"]
    finally:
        store.close()
    assert [each["accounts"] for each in opened] == [{"polymarket": ["key 1", "key 2"]}]


# What the adapters say.


async def test_kalshi_is_known_by_its_keys_which_are_not_shown() -> None:
    async with account(Server(), keys=2) as venue:
        assert isinstance(venue, Identified)
        ids = [key.key_id for key in venue.config.keys]
        assert venue.identity == tuple(f"key {sha256(each.encode()).hexdigest()[:16]}" for each in ids)
        assert not any(each in word for each in ids for word in venue.identity)


async def test_polymarket_is_known_by_its_wallet() -> None:
    async with trading() as (_, venue):
        assert isinstance(venue, Identified)
        assert venue.identity == (identity_of(venue._wallet),)


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
    assert identity_of(own) != identity_of(other)
    assert set(_OTHERS) == {"chain", "signature type", "signer", "wallet", "metadata", "builder"}
    assert len(_OTHERS) == len(Wallet.__attrs_attrs__), "a new setting of the wallet needs a line here"
