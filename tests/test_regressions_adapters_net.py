"""Findings of the review of the adapters, on what both venues share: numbers and keys that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from pairlock.errors import UserError
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket import parse_account, parse_markets
from pairlock_adapters.polymarket.quantities import Unreadable
from pairlock_adapters.polymarket.wallets import Signer
from polymarket_bodies import DETAILS, FULL
from polymarket_kit import CONDITION, NO_TOKEN

LONG = "9" * 5_000


@pytest.mark.parametrize("key", ["0" * 64, "f" * 64])
def test_a_private_key_that_no_wallet_has_is_the_users_mistake(key: str) -> None:
    """64 hex digits that are no key of the curve raised an error of the library's at the start, not one that says
    what to mend."""
    with pytest.raises(UserError) as said:
        Signer(Secret(key, "env:KEY"))
    assert key not in str(said.value)


@pytest.mark.parametrize(
    "body", [{"balance": LONG, "allowances": {}}, {"balance": "1", "allowances": {"a": LONG}}]
)
def test_a_balance_of_thousands_of_digits_is_unreadable(body: dict[str, Any]) -> None:
    """A number of more digits than Python converts raised ValueError, at the start too, where nothing may."""
    with pytest.raises(Unreadable):
        parse_account.holding(body)


def test_a_token_id_of_thousands_of_digits_is_unreadable() -> None:
    """The same in a market's tokens."""
    details = {**DETAILS, "t": [{"t": LONG, "o": "Yes"}, {"t": str(NO_TOKEN), "o": "No"}]}
    with pytest.raises(Unreadable):
        parse_markets.market_of(CONDITION, details, FULL, parse_markets.Reading({}))
