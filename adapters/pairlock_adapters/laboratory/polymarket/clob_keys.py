"""The order book's keys: made of a login, derived again, listed, deleted; and what the account may do."""

from __future__ import annotations

import base64
import secrets
import uuid

from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.face import Face
from pairlock_adapters.simulated.effects import Condition


def create_api_key(face: Face, ask: Ask) -> object:
    return face.logins.create(*face.logins.login(ask.headers, face.wall_ms())).told()


def derive_api_key(face: Face, ask: Ask) -> object:
    return face.logins.derive(*face.logins.login(ask.headers, face.wall_ms())).told()


def api_keys(face: Face, ask: Ask) -> object:
    return {"apiKeys": face.logins.of_address(ask.asker.address)}


def delete_api_key(face: Face, ask: Ask) -> object:
    face.logins.delete(ask.asker)
    return "OK"


def closed_only(face: Face, ask: Ask) -> object:
    """Whether the account may only close positions (never, here)."""
    return {"closed_only": False}


def create_builder_key(face: Face, ask: Ask) -> object:
    """For an integrator's attribution; the laboratory attributes nothing to it."""
    made = {
        "key": str(uuid.uuid4()),
        "secret": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "passphrase": secrets.token_hex(32),
    }
    face.builder_keys.setdefault(ask.asker.key, []).append(made["key"])
    return made


def builder_keys(face: Face, ask: Ask) -> object:
    return [{"key": key} for key in face.builder_keys.get(ask.asker.key, [])]


def revoke_builder_keys(face: Face, ask: Ask) -> object:
    face.builder_keys.pop(ask.asker.key, None)
    return "OK"


def is_revoked(face: Face) -> bool:
    """Whether a fault took the account's keys away."""
    return face.is_in(Condition.KEY_REVOKED)
