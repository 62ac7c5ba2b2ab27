"""Real servers for the tests of ``pairlock_adapters.net``: scripted on raw trio streams, TLS if wanted."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pairlock.ports import Clock
from pairlock.runner.clock import SystemClock
from pairlock_adapters.net.answers import Answer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry

CLOCK = SystemClock()


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, ms: int = 1_000, wall: int = 1_790_000_000_000) -> None:
        self.ms = ms
        self.wall = wall

    def now_ms(self) -> int:
        return self.ms

    def wall_ms(self) -> int:
        return self.wall


class Peer:
    """One connection as the server sees it."""

    def __init__(self, stream: trio.abc.Stream, number: int) -> None:
        self.stream = stream
        self.number = number
        self._left = b""

    async def request(self) -> tuple[str, bytes]:
        """The next request's head and body; ("", b"") where the client has gone."""
        while b"\r\n\r\n" not in self._left:
            more = await self._more()
            if not more:
                return "", b""
            self._left += more
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        length = 0
        for line in head.decode("latin-1").lower().split("\r\n"):
            if line.startswith("content-length:"):
                length = int(line.partition(":")[2])
        while len(self._left) < length:
            more = await self._more()
            if not more:
                return "", b""
            self._left += more
        body, self._left = self._left[:length], self._left[length:]
        return head.decode("latin-1"), body

    async def _more(self) -> bytes:
        try:
            return bytes(await self.stream.receive_some(65_536))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def answer(self, body: bytes = b"{}", status: str = "200 OK", extra: str = "") -> None:
        await self.send(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{extra}\r\n".encode() + body)

    async def reset(self) -> None:
        """End with a RST instead of a FIN."""
        import socket
        import struct

        raw = self.stream.transport_stream if isinstance(self.stream, trio.SSLStream) else self.stream
        assert isinstance(raw, trio.SocketStream)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.socket.close()


Script = Callable[[Peer], Awaitable[None]]


class Served:
    """What the server saw. ``heads`` are the requests' heads, ``bodies`` their bodies, in the order of arrival."""

    def __init__(self, port: int, tls: bool) -> None:
        self.port = port
        self.url = f"http{'s' if tls else ''}://localhost:{port}"
        self.connections = 0
        self.heads: list[str] = []
        self.bodies: list[bytes] = []


@asynccontextmanager
async def served(script: Script, *, tls: bool = False, named: str = "localhost") -> AsyncIterator[Served]:
    """A server that runs ``script`` for each connection and closes it when the script ends. ``named``: whose
    certificate it shows."""
    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        seen = Served(listener.socket.getsockname()[1], tls)

        async def serve(raw: trio.SocketStream) -> None:
            seen.connections += 1
            stream: trio.abc.Stream = raw
            if tls:
                stream = trio.SSLStream(raw, server_context(named), server_side=True, https_compatible=True)
            peer = Peer(stream, seen.connections)
            try:
                await script(peer)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass  # the client went away in the middle of a script
            finally:
                await trio.aclose_forcefully(stream)

        await nursery.start(_serve, serve, listener)
        try:
            yield seen
        finally:
            nursery.cancel_scope.cancel()
            listener.socket.close()


async def _serve(
    handler: Callable[[trio.SocketStream], Awaitable[None]],
    listener: trio.SocketListener,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    task_status.started()
    async with trio.open_nursery() as nursery:
        while True:
            nursery.start_soon(handler, await listener.accept())


def recording(seen: list[bytes], reply: Callable[[Peer, int], Awaitable[None]]) -> Script:
    """A script that notes each request's body and lets ``reply`` answer it, until the client leaves."""

    async def script(peer: Peer) -> None:
        count = 0
        while True:
            head, body = await peer.request()
            if not head:
                return
            seen.append(body or head.encode())
            count += 1
            await reply(peer, count)

    return script


async def well(peer: Peer, count: int) -> None:
    await peer.answer(b'{"ok": true}')


def opened(url: str, clock: Clock = CLOCK, **options: Any) -> AbstractAsyncContextManager[VenueHttp]:
    return aclosing(VenueHttp(url, clock, ca_file=ca_file(), **options))


async def order(http: VenueHttp, body: bytes = b"{}", timeout_ms: int = 5_000, **more: Any) -> Answer:
    how = {"hurry": Hurry.ORDERS} | more
    return await http.request("POST", "/orders", body=body, timeout_ms=timeout_ms, **how)


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pairlock test authority")])
    return key, _certificate(name, name, key.public_key(), key, ca=True, names=[])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    names: list[x509.GeneralName],
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256())


@cache
def folder() -> Path:
    return Path(mkdtemp(prefix="pairlock-net-"))


@cache
def ca_file() -> str:
    """The path of the authority that signed the servers' certificates."""
    path = folder() / "ca.pem"
    path.write_bytes(authority()[1].public_bytes(serialization.Encoding.PEM))
    return str(path)


@cache
def server_context(host: str = "localhost") -> ssl.SSLContext:
    """A context whose certificate is for ``host`` (and, for localhost, its address)."""
    signer, root = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = _certificate(subject, root.subject, key.public_key(), signer, ca=False, names=names)
    path = folder() / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
