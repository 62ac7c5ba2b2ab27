"""Our own adapters' configurations for a laboratory: what its ``ready`` says, as they take it.

``more_keys`` in a venue's part are further keys of the same account, which the conformance checks have made for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey, KalshiLimits
from pairlock_adapters.net.secrets import Secret, secret_of
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey, PolymarketLimits
from pairlock_adapters.polymarket.sign.order import SignatureType

REGION = "laboratory"
# Scaled time has no room for the waits of a small account's tier, and the laboratory counts no tokens by default.
_READS, _WRITES = 20_000, 10_000


def kalshi_config(ready: Mapping[str, object]) -> KalshiConfig:
    """For the account of ``ready["kalshi"]``."""
    own = cast(dict[str, Any], ready["kalshi"])
    keys = tuple(
        KalshiKey(f"laboratory {number}", key["key_id"], secret_of(f"file:{key['private_key_pem']}"))
        for number, key in enumerate((own, *own.get("more_keys", ())), 1)
    )
    limits = KalshiLimits(read_per_s=_READS, write_per_s=_WRITES)
    return KalshiConfig(
        keys=keys, region=REGION, rest_url=own["rest"], ws_url=own["ws"], direct_member=True, limits=limits
    )


def polymarket_config(ready: Mapping[str, object]) -> PolymarketConfig:
    """For the wallet of ``ready["polymarket"]``."""
    own = cast(dict[str, Any], ready["polymarket"])
    keys = tuple(
        PolymarketKey(
            f"laboratory {number}", key["api_key"], Secret(key["secret"]), Secret(key["passphrase"])
        )
        for number, key in enumerate((own, *own.get("more_keys", ())), 1)
    )
    return PolymarketConfig(
        keys=keys,
        private_key=Secret(own["private_key"]),
        region=REGION,
        clob_url=own["clob"],
        gamma_url=own["gamma"],
        data_url=own["data"],
        ws_market_url=own["ws_market"],
        ws_user_url=own["ws_user"],
        geoblock_url="",
        chain_id=own["chain_id"],
        signature_type=SignatureType(own["signature_type"]),
        funder=own["funder"],
        limits=PolymarketLimits(read_per_s=_READS, write_per_s=_WRITES),
    )
