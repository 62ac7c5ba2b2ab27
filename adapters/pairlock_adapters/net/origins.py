"""Which hosts may be contacted, and how they are proved: plain text only to this machine, TLS verified everywhere else.

An ``Origin`` is made once, from the configuration. No answer of a venue can change it: there are no redirects, and
no proxy or certificate setting of the environment is read.
"""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from pairlock.errors import UserError

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SECURE = {"https", "wss"}


@frozen
class Origin:
    """One host of one venue. ``path`` is the base path without a slash at its end ("" at the root)."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        return self.scheme in _SECURE

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def is_loopback(host: str) -> bool:
    """This machine, by name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str, *, schemes: tuple[str, ...] = ("https", "http"), key: str = "the address") -> Origin:
    """The checked origin of ``url``; UserError, naming ``key``, where it must not be used.

    The error does not repeat the address: a pasted one may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UserError(f"{key} is not an address; give one like {schemes[0]}://host/path") from None
    if parts.scheme not in schemes or not host or not host.isascii() or not url.isprintable() or " " in url:
        raise UserError(f"{key} is not a {schemes[0]} address; give one like {schemes[0]}://host/path")
    if parts.username is not None or parts.password is not None:
        raise UserError(f"{key} at {host} holds a user name or password; keys have their own settings")
    if parts.query or parts.fragment:
        raise UserError(f"{key} at {host} has a query or a fragment; give the base address alone")
    if parts.scheme not in _SECURE and not is_loopback(host):
        raise UserError(
            f"{key} at {host} is {parts.scheme}, which is for this machine alone; use {schemes[0]}"
        )
    return Origin(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, parts.path.rstrip("/"))


def tls_context(ca_file: str = "", *, protocols: tuple[str, ...] = ("http/1.1",)) -> ssl.SSLContext:
    """A context that verifies certificate and host name, from TLS 1.2 on. ``ca_file``: trust this authority alone.

    Made by hand and not with ``create_default_context``, which writes the session's keys to the file that
    SSLKEYLOGFILE names. Raises UserError where the file cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(protocols))
    if not ca_file:
        context.load_default_certs()
        return context
    try:
        context.load_verify_locations(cafile=Path(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"ca_file {ca_file} cannot be used ({type(error).__name__}); give a file of PEM certificates"
        ) from None
    return context
