"""The account's reads beyond single orders: money, shares, positions, open orders, bans; and cancelling everything."""

from __future__ import annotations

from pairlock.ports import VenueError
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import Params, VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.polymarket import parse_account
from pairlock_adapters.polymarket.build import Wallet
from pairlock_adapters.polymarket.client import PolymarketClient
from pairlock_adapters.polymarket.contracts import contracts_of, domain_of, is_new_position
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.parse_account import Holding
from pairlock_adapters.polymarket.quantities import Unreadable, text

_PAGE = 500
_MOST_POSITIONS = 10_000


class AccountReads:
    """One wallet's reads. Each raises VenueError, or Unreadable where the answer is not what it must be."""

    def __init__(self, client: PolymarketClient, data: VenueHttp, wallet: Wallet) -> None:
        self._client = client
        self._data = data
        self._wallet = wallet

    async def collateral(self) -> Holding:
        """pUSD in micro-dollars, and what each contract may take of it."""
        return await self._holding((("asset_type", "COLLATERAL"),))

    async def balance_micros(self) -> int:
        """What orders can use: the balance, or the most that an exchange may take of it."""
        return parse_account.usable(await self.collateral(), contracts_of(self._wallet.chain_id).exchanges())

    async def lacking(self) -> tuple[str, ...]:
        """Exchanges that the wallet has not allowed to take its money; they refuse its buys."""
        held = await self.collateral()
        exchanges = contracts_of(self._wallet.chain_id).exchanges()
        return tuple(each for each in exchanges if held.allowances.get(each.lower()) == 0)

    async def sellable_e6(self, market: Market, token_id: int) -> int:
        """Shares that can be sold now; those of a match that is not final are not among them."""
        kind = "CONDITIONAL-V2" if is_new_position(token_id) else "CONDITIONAL"
        held = await self._holding((("asset_type", kind), ("token_id", str(token_id))))
        exchange = domain_of(self._wallet.chain_id, token_id, neg_risk=market.neg_risk).exchange
        return parse_account.usable(held, (exchange,))

    async def _holding(self, params: Params) -> Holding:
        signature_type = ("signature_type", str(int(self._wallet.signature_type)))
        body = await self._client.read_ok("/balance-allowance", (*params, signature_type), hurry=Hurry.EXITS)
        return parse_account.holding(body)

    async def closed_only(self) -> bool:
        """Whether the address may only close positions; an address without a record may trade."""
        answer = await self._client.read("/auth/ban-status/closed-only")
        if answer.status == 404:
            return False
        return parse_account.closed_only(self._client.ok(answer, "the ban status"))

    async def positions_e6(self) -> dict[str, int]:
        """Shares by token id, from the Data API, which lags behind the chain: for cross-checks, never for zeros."""
        config = self._client.config
        found: dict[str, int] = {}
        for offset in range(0, _MOST_POSITIONS, _PAGE):
            params = (
                ("user", self._wallet.funder),
                ("limit", str(_PAGE)),
                ("offset", str(offset)),
                ("sizeThreshold", "0"),
            )
            try:
                answer = await self._data.request(
                    "GET", "/positions", params=params, timeout_ms=config.limits.read_timeout_ms
                )
            except NoAnswer as error:
                raise VenueError(config.name, error.reason) from None
            page = parse_account.positions_e6(self._client.ok(answer, "positions"))
            found.update(page)
            if len(page) < _PAGE:
                return found
        raise Unreadable(f"more than {_MOST_POSITIONS} positions")

    async def open_orders(self) -> tuple[str, ...]:
        """Ids of every active order of the wallet."""
        return tuple(
            text(row, "id") for row in await self._client.pages("/data/orders", (), hurry=Hurry.ORDERS)
        )

    async def cancel_all(self) -> tuple[str, ...]:
        """Cancel every order of the wallet; the ids of those that were not acknowledged. Also cancels a new order."""
        config = self._client.config
        try:
            answer = await self._client.delete("/cancel-all")
        except NoAnswer as error:
            raise VenueError(config.name, f"cancel all: {error.reason}") from None
        body = self._client.ok(answer, "cancel all")
        left = body.get("not_canceled") if isinstance(body, dict) else None
        if not isinstance(left, dict):
            raise Unreadable("cancel all: no not_canceled")
        return tuple(str(each) for each in left)
