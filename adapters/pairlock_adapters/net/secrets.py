"""Secrets by reference: the configuration names where one lies, and its value never shows.

``env:NAME`` (a variable of the environment), ``file:/path`` (a file; one line end at its end is not part of it),
``keyring:service/name`` (the system's key store). A bare value is refused, and the refusal does not repeat it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from pairlock.errors import UserError

_MOST_BYTES = 65_536
_FORMS = "env:NAME, file:/path or keyring:service/name"


class Secret:
    """A value that only ``reveal`` shows. Printed, formatted or logged it is the place where it came from."""

    __slots__ = ("_value", "where")

    def __init__(self, value: str, where: str = "a secret") -> None:
        self._value = value
        self.where = where

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"<{self.where}>"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def secret_of(reference: str, key: str = "a secret") -> Secret:
    """The secret that ``reference`` names. Raises UserError, naming ``key`` and the place, never the value."""
    kind, colon, place = reference.partition(":")
    read = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}.get(kind)
    if read is None or not colon or not place:
        raise UserError(f"{key} does not say where it lies; write {_FORMS}")
    value = read(place, key)
    if not value:
        raise UserError(f"{key}: {reference} is empty; put the secret there")
    return Secret(value, reference)


def _from_environment(name: str, key: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise UserError(f"{key}: the environment has no {name}; export it before the start")
    return value


def _from_file(place: str, key: str) -> str:
    path = Path(place)
    if not path.is_absolute():
        raise UserError(f"{key}: file:{place} is not an absolute path; write file:/…")
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UserError(
            f"{key}: {place} cannot be read ({error.strerror}); name a file that can be"
        ) from None
    if len(data) > _MOST_BYTES:
        raise UserError(
            f"{key}: {place} is longer than {_MOST_BYTES} bytes; name the file of the secret alone"
        )
    try:
        text: str | None = data.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise UserError(f"{key}: {place} is not text; name the file of the secret alone")
    return text.removesuffix("\n").removesuffix("\r")


def _from_keyring(place: str, key: str) -> str:
    import keyring  # slow, and only some need it
    from keyring.errors import KeyringError

    service, slash, name = place.rpartition("/")
    if not slash or not service or not name:
        raise UserError(f"{key}: keyring:{place} names no entry; write keyring:service/name")
    failure = ""
    value: str | None = None
    try:
        value = keyring.get_password(service, name)
    except KeyringError as error:
        failure = type(error).__name__
    if failure:
        raise UserError(
            f"{key}: the system's key store did not answer ({failure}); use env: or file: instead"
        )
    if value is None:
        raise UserError(f"{key}: the system's key store has no {name} of {service}; put it there")
    return value
