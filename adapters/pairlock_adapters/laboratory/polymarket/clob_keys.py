"""The order book's keys: made of a login, derived again, listed, deleted; and what the account may do."""

from __future__ import annotations

import base64
import secrets
import uuid

from pairlock_adapters.laboratory.polymarket.ask import OK, Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk


def create_api_key(desk: Desk, ask: Ask) -> object:
    return desk.logins.create(*desk.logins.login(ask.headers, desk.wall_ms())).told()


def derive_api_key(desk: Desk, ask: Ask) -> object:
    return desk.logins.derive(*desk.logins.login(ask.headers, desk.wall_ms())).told()


def api_keys(desk: Desk, ask: Ask) -> object:
    return {"apiKeys": desk.logins.of_address(ask.asker.address)}


def delete_api_key(desk: Desk, ask: Ask) -> object:
    desk.logins.delete(ask.asker)
    return OK


def closed_only(desk: Desk, ask: Ask) -> object:
    """Whether the account may only close positions (never, here)."""
    return {"closed_only": False}


def create_builder_key(desk: Desk, ask: Ask) -> object:
    """For an integrator's attribution; the laboratory attributes nothing to it."""
    made = {
        "key": str(uuid.uuid4()),
        "secret": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "passphrase": secrets.token_hex(32),
    }
    desk.builder_keys.setdefault(ask.asker.key, []).append(made["key"])
    return made


def builder_keys(desk: Desk, ask: Ask) -> object:
    return [{"key": key} for key in desk.builder_keys.get(ask.asker.key, [])]


def revoke_builder_keys(desk: Desk, ask: Ask) -> object:
    desk.builder_keys.pop(ask.asker.key, None)
    return OK


def deployed(desk: Desk, ask: Ask) -> object:
    """The relayer's word, for clients that ask it before they trade: whether a wallet's contract is there."""
    return {"deployed": ask.one("address").lower() == desk.account.maker}
