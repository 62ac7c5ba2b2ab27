"""Markets, rules and resolutions from the CLOB's and Gamma's bodies. A field that is missing is told, not guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import frozen

from pairlock.fees import FeeSchedule, polymarket_curve
from pairlock.model import Outcome, Payout
from pairlock.units import DOLLAR_E4
from pairlock_adapters.polymarket.markets import Market, TokenPair, Tokens
from pairlock_adapters.polymarket.quantities import MOST_DIGITS, Unreadable, number, rows_of, text

# Labels that mean YES and NO. Any other pair (two teams) must be told apart by the configuration.
_YES_LABELS = frozenset({"yes", "up"})
_NO_LABELS = frozenset({"no", "down"})
TICKS_E4 = frozenset({1_000, 100, 50, 25, 10, 1})
_MOST_EXPONENT = 8


@frozen
class Reading:
    """How markets are read. ``yes_tokens``: by condition id, which token is YES where labels do not say so.

    ``held_ms``: how long a market holds taker orders that says so without saying how long (crypto up or down).
    """

    yes_tokens: Mapping[str, str]
    held_ms: int = 250


def _token(value: object, name: str) -> int:
    digits = value if isinstance(value, str) and value.isascii() and value.isdecimal() else ""
    if not 0 < len(digits) <= MOST_DIGITS or int(digits) >= 1 << 256:
        raise Unreadable(f"{name} is {value!r:.80}, not a token id")
    return int(digits)


def _pair(tokens: list[tuple[int, str]], reading: Reading, condition_id: str) -> tuple[int, int]:
    """YES and NO token, by their labels or as configured; never by their place in a list."""
    if len(tokens) != 2 or tokens[0][0] == tokens[1][0]:
        raise Unreadable(f"{len(tokens)} tokens, not two")
    (first, first_label), (second, second_label) = tokens
    stated = reading.yes_tokens.get(condition_id)
    if stated is not None:
        if stated not in (str(first), str(second)):
            raise Unreadable(f"yes_tokens names {stated:.80}, which the market does not have")
        return (first, second) if stated == str(first) else (second, first)
    labels = first_label.strip().lower(), second_label.strip().lower()
    if labels[0] in _YES_LABELS and labels[1] in _NO_LABELS:
        return first, second
    if labels[1] in _YES_LABELS and labels[0] in _NO_LABELS:
        return second, first
    raise Unreadable(f"outcomes {first_label!r:.40} and {second_label!r:.40}: say in yes_tokens which is YES")


def _flag(body: dict[str, object], key: str, default: bool | None = None) -> bool:
    value = body.get(key, default)
    if not isinstance(value, bool):
        raise Unreadable(f"{key} is {value!r:.80}")
    return value


def _curve(rate: object, exponent: object) -> FeeSchedule:
    rate_ppm = number(rate, 6, "the fee rate")
    # Nothing of any power is nothing: only then may the exponent be missing.
    power = 1 if rate_ppm == 0 and exponent is None else number(exponent, 0, "the fee exponent")
    if rate_ppm > 1_000_000 or power > _MOST_EXPONENT:
        raise Unreadable(f"a fee rate of {rate_ppm} ppm, exponent {power}")
    return polymarket_curve(rate_ppm, power)


def fees_of(details: object, gamma: object = None) -> FeeSchedule:
    """The taker fee: ``fd`` of the CLOB's market, else Gamma's ``feeSchedule``, else that Gamma says there is none."""
    fee = details.get("fd") if isinstance(details, dict) else None
    if isinstance(fee, dict) and fee.get("r") is not None:
        return _curve(fee.get("r"), fee.get("e"))
    if fee is not None and not isinstance(fee, dict):
        raise Unreadable(f"fd is {fee!r:.80}")
    if not isinstance(gamma, dict):
        raise Unreadable("no fee curve")
    schedule = gamma.get("feeSchedule")
    if isinstance(schedule, dict):
        return _curve(schedule.get("rate"), schedule.get("exponent"))
    if schedule is None and gamma.get("feesEnabled") is False:
        return polymarket_curve(0)
    raise Unreadable(f"feeSchedule is {schedule!r:.80}")


def details_in(full: object) -> dict[str, object]:
    """``/clob-markets/{id}`` as far as ``/markets/{id}`` tells it too: without the fee curve."""
    if not isinstance(full, dict):
        raise Unreadable("a market that is not an object")
    return {
        "t": [{"t": row.get("token_id"), "o": row.get("outcome")} for row in rows_of(full, "tokens")],
        "mos": full.get("minimum_order_size"),
        "mts": full.get("minimum_tick_size"),
        "nr": full.get("neg_risk"),
    }


def has_fees(details: object) -> bool:
    """Whether the CLOB's own answer tells the fee curve, so that Gamma need not be asked."""
    fee = details.get("fd") if isinstance(details, dict) else None
    return isinstance(fee, dict) and fee.get("r") is not None


def market_of(
    condition_id: str, details: object, full: object, reading: Reading, gamma: object = None
) -> Market:
    """The market from ``/clob-markets/{id}`` (``details``) and ``/markets/{id}`` (``full``); Gamma's for its fees."""
    if not isinstance(details, dict) or not isinstance(full, dict):
        raise Unreadable("a market that is not an object")
    named = text(full, "condition_id")
    if named.lower() != condition_id.lower():
        raise Unreadable(f"it is the market {named!r:.80}")
    tokens = [(_token(row.get("t"), "t"), text(row, "o")) for row in rows_of(details, "t")]
    yes, no = _pair(tokens, reading, condition_id)
    listed = {_token(row.get("token_id"), "token_id") for row in rows_of(full, "tokens")}
    if listed != {yes, no}:
        raise Unreadable("two answers name different tokens")
    neg_risk = _flag(details, "nr", False)
    if _flag(full, "neg_risk", neg_risk) != neg_risk:
        raise Unreadable("two answers differ on neg_risk")
    tick_e4 = number(details.get("mts"), 4, "mts")
    if tick_e4 not in TICKS_E4:
        raise Unreadable(f"a tick of {tick_e4}/10000")
    minimum_e2 = number(details.get("mos"), 2, "mos")
    held_ms = number(full.get("seconds_delay", 0), 3, "seconds_delay")
    if not held_ms and _flag(details, "itode", False):
        held_ms = reading.held_ms
    return Market(
        condition_id, yes, no, neg_risk, tick_e4,
        min_size_e2=minimum_e2,
        minimum_text=f"{minimum_e2 // 100}.{minimum_e2 % 100:02d}".rstrip("0").removesuffix("."),
        fees=fees_of(details, gamma),
        taker_delay_ms=held_ms,
        takes_orders=takes_orders(full),
    )  # fmt: skip


def takes_orders(full: object) -> bool:
    """Whether the market takes orders now, from ``/markets/{id}``."""
    if not isinstance(full, dict):
        raise Unreadable("a market that is not an object")
    open_now = _flag(full, "active") and not _flag(full, "closed") and not _flag(full, "archived", False)
    return open_now and _flag(full, "accepting_orders") and _flag(full, "enable_order_book", True)


_FIFTY = Payout(DOLLAR_E4 // 2, "fifty_fifty")


def tokens_of(condition_id: str, full: object, reading: Reading) -> Tokens:
    """YES and NO token from ``/markets/{id}`` alone, which tells of markets that are long over too."""
    if not isinstance(full, dict) or text(full, "condition_id").lower() != condition_id.lower():
        raise Unreadable("it is another market")
    listed = [
        (_token(row.get("token_id"), "token_id"), text(row, "outcome")) for row in rows_of(full, "tokens")
    ]
    return Tokens(*_pair(listed, reading, condition_id))


def is_closed(full: object) -> bool:
    """Whether ``/markets/{id}`` says that the market has closed."""
    if not isinstance(full, dict):
        raise Unreadable("a market that is not an object")
    return _flag(full, "closed")


def payout_of(market: TokenPair, outcome: Outcome, full: object) -> Payout | None:
    """What the CLOB's market says that one share pays; None while it has no winner (closed is not yet resolved)."""
    if not isinstance(full, dict):
        raise Unreadable("a market that is not an object")
    closed, fifty = _flag(full, "closed"), _flag(full, "is_50_50_outcome", False)
    won = {_token(row.get("token_id"), "token_id") for row in rows_of(full, "tokens") if _flag(row, "winner")}
    if not won <= {market.yes_token, market.no_token} or len(won) > 1 or (fifty and won):
        raise Unreadable(f"{len(won)} winners, 50-50 {fifty}")
    if not closed:
        return None
    if fifty:
        return _FIFTY
    return Payout(DOLLAR_E4 if market.token(outcome) in won else 0) if won else None


def gamma_payout(market: TokenPair, outcome: Outcome, gamma: object) -> Payout | None:
    """The same from Gamma: a resolved market's ``outcomePrices`` are 1 and 0 or a half each. The oracle answers nothing
    else: other prices are the last ones of trading, which were not replaced yet."""
    if not isinstance(gamma, dict):
        raise Unreadable("Gamma's market is not an object")
    if gamma.get("umaResolutionStatus") != "resolved" or gamma.get("closed") is not True:
        return None
    tokens, prices = _inner(gamma, "clobTokenIds"), _inner(gamma, "outcomePrices")
    by_token = {
        _token(token, "clobTokenIds"): number(price, 4, "outcomePrices")
        for token, price in zip(tokens, prices, strict=True)
    }
    if set(by_token) != {market.yes_token, market.no_token}:
        raise Unreadable("Gamma names other tokens")
    paid_e4 = by_token[market.token(outcome)]
    if sorted(by_token.values()) == [DOLLAR_E4 // 2, DOLLAR_E4 // 2]:
        return _FIFTY
    if sorted(by_token.values()) != [0, DOLLAR_E4]:
        raise Unreadable(f"a resolved market's prices are {prices!r:.80}")
    return Payout(paid_e4)


def gamma_market(body: object, condition_id: str) -> object:
    """The one market of Gamma's list that has the condition id; None if it lists none."""
    if not isinstance(body, list):
        raise Unreadable("Gamma's answer is not a list")
    found = [
        row
        for row in body
        if isinstance(row, dict) and str(row.get("conditionId")).lower() == condition_id.lower()
    ]
    if len(found) > 1:
        raise Unreadable(f"Gamma lists {len(found)} markets of one condition id")
    return found[0] if found else None


def _inner(gamma: dict[str, object], key: str) -> list[object]:
    """A list of two, which Gamma writes as JSON inside a string."""
    value = gamma.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_float=str)
        except ValueError:
            value = None
    if not isinstance(value, list) or len(value) != 2:
        raise Unreadable(f"{key} is {gamma.get(key)!r:.80}")
    return value
