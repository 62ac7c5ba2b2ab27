"""Two bots that want some YES of a market on Kalshi. They differ in what they do when no answer comes."""

import base64
import time
import uuid

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


class Bot:
    """``kalshi``: the part of the laboratory's ready object, or the venue's own addresses and keys."""

    def __init__(self, kalshi, timeout_s=0.6):
        with open(kalshi["private_key_pem"], "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), password=None)
        self.key_id = kalshi["key_id"]
        self.base = httpx.URL(kalshi["rest"])
        self.http = httpx.Client(timeout=timeout_s, trust_env=False)

    def ask(self, method, path, **more):
        path = self.base.path + path
        stamp = str(time.time_ns() // 1_000_000)
        signature = self.key.sign(f"{stamp}{method}{path}".encode(), PSS, hashes.SHA256())
        headers = {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": stamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        }
        return self.http.request(method, self.base.copy_with(path=path), headers=headers, **more)

    def send(self, ticker, count, client_order_id):
        order = {
            "ticker": ticker,
            "client_order_id": client_order_id,
            "side": "bid",
            "count": f"{count}.00",
            "price": "0.9900",
            "time_in_force": "fill_or_kill",
            "self_trade_prevention_type": "taker_at_cross",
        }
        return self.ask("POST", "/portfolio/events/orders", json=order)

    def buy(self, ticker, count):
        client_order_id = str(uuid.uuid4())
        try:
            answer = self.send(ticker, count, client_order_id)
        except httpx.TransportError:
            return self.unanswered(ticker, count, client_order_id)
        return answer.json().get("fill_count", "0.00")

    def close(self):
        self.http.close()


class Hasty(Bot):
    """Takes silence for a no, and sends the order again under a new id."""

    def unanswered(self, ticker, count, client_order_id):
        return self.buy(ticker, count)


class Careful(Bot):
    """Looks for its own order by the id that it gave it; what it cannot find it does not repeat."""

    def unanswered(self, ticker, count, client_order_id):
        for _ in range(5):
            try:
                orders = self.ask("GET", "/portfolio/orders", params={"ticker": ticker}).json()["orders"]
            except (httpx.TransportError, KeyError, ValueError):
                continue
            for order in orders:
                if order["client_order_id"] == client_order_id:
                    return order["fill_count_fp"]
            time.sleep(0.05)
        return "unknown"
