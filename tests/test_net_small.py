"""Keys that step aside, the venue's time, secrets by reference, and bodies as values."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from net_kit import HandClock
from pairlock.errors import UserError
from pairlock_adapters.net.answers import Answer, Number, parsed
from pairlock_adapters.net.keys import KeyRing
from pairlock_adapters.net.offset import ClockOffset
from pairlock_adapters.net.secrets import Secret, secret_of


@frozen
class Key:
    name: str


def ring(clock: HandClock) -> tuple[KeyRing[Key], Key, Key]:
    a, b = Key("a"), Key("b")
    return KeyRing([a, b], clock), a, b


def test_a_failed_key_steps_aside_until_its_time() -> None:
    clock = HandClock()
    keys, a, b = ring(clock)
    assert keys.current() == a
    keys.failed(a, "401", until_ms=2_000)
    assert (keys.current(), keys.usable(), keys.troubles()) == (b, (b,), {"a": "401"})
    keys.failed(b, "429", until_ms=1_500)
    assert (keys.current(), keys.at_any_rate()) == (None, b)
    clock.ms = 1_500
    assert keys.current() == b
    clock.ms = 2_000
    assert (keys.current(), keys.troubles()) == (a, {})


def test_a_shorter_time_does_not_shorten_a_longer_one_and_success_ends_both() -> None:
    clock = HandClock()
    keys, a, b = ring(clock)
    keys.failed(a, "401", until_ms=90_000)
    keys.failed(a, "429", until_ms=1_200)
    clock.ms = 1_300
    assert (keys.current(), keys.troubles()) == (b, {"a": "401"})
    keys.worked(a)
    assert keys.current() == a


def test_a_ring_without_keys_or_with_one_name_twice_is_refused() -> None:
    with pytest.raises(UserError, match="no key"):
        KeyRing([], HandClock())
    with pytest.raises(UserError, match="one name"):
        KeyRing([Key("a"), Key("a")], HandClock())


@given(
    st.integers(-10_000_000, 10_000_000),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 300), st.integers(0, 300), st.sampled_from([1, 1_000])),
        min_size=1,
        max_size=30,
    ),
)
def test_the_true_difference_is_always_within_the_bounds(
    true_ms: int, answers: list[tuple[int, int, int, int]]
) -> None:
    """Requests one after another; the server reads its clock somewhere on the way and cuts it to its own exactness."""
    clock = HandClock()
    offset = ClockOffset(clock)
    for pause, out, back, exact in answers:
        sent = clock.ms + pause
        read = sent + out + true_ms
        clock.ms = sent + out + back
        offset.heard(read - read % exact, sent, clock.ms, exact_to_ms=exact)
        bounds = offset.bounds_ms()
        assert bounds is not None
        assert bounds[0] <= true_ms <= bounds[1]
        assert abs(offset.server_ms() - clock.ms - true_ms) <= bounds[1] - bounds[0]


def test_quick_answers_sharpen_the_time_that_a_date_header_gives() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    assert offset.server_ms() == clock.wall
    assert offset.skew_ms() is None
    true_ms = 5_000
    for at_ms in (10_300, 11_700, 12_990):
        clock.ms = at_ms
        server = at_ms + true_ms
        offset.heard(server - server % 1_000, at_ms - 2, at_ms, exact_to_ms=1_000)
    bounds = offset.bounds_ms()
    assert bounds is not None
    assert bounds[1] - bounds[0] < 320


def test_a_clock_that_was_set_is_believed_at_once_and_our_wall_clock_is_not() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    offset.heard(1_790_000_000_000, 1_000, 1_000)
    clock.wall += 3_600_000
    assert offset.server_ms() == 1_790_000_000_000
    assert offset.skew_ms() == -3_600_000
    clock.ms = 2_000
    offset.heard(1_790_000_101_000, 2_000, 2_000)
    assert offset.server_ms() == 1_790_000_101_000
    offset.heard(1, 3_000, 2_000)
    assert offset.server_ms() == 1_790_000_101_000


def test_an_old_answer_no_longer_counts() -> None:
    clock = HandClock()
    offset = ClockOffset(clock)
    offset.heard(101_050, 1_000, 1_000)
    clock.ms = 1_000 + 600_001
    offset.heard(clock.ms + 100_030, clock.ms - 100, clock.ms)
    assert offset.bounds_ms() == (100_030, 100_130)


def test_a_secret_shows_only_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRLOCK_TEST_KEY", "hunter2")
    secret = secret_of("env:PAIRLOCK_TEST_KEY")
    assert secret.reveal() == "hunter2"
    shown = f"{secret} {secret!r} {[secret]} {secret:>40} %s" % secret
    assert "hunter2" not in shown
    assert "env:PAIRLOCK_TEST_KEY" in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret != Secret("hunter2")


def test_a_secret_from_a_file_loses_one_line_end(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for data, value in ((b"k\n", "k"), (b"k\r\n", "k"), (b"a\nb\n\n", "a\nb\n"), (b" k ", " k ")):
        path.write_bytes(data)
        assert secret_of(f"file:{path}").reveal() == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xff\xfe", "not text"),
        (b"k" * 70_000, "longer"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        secret_of(f"file:{path}", "kalshi.keys[0].private_key")
    assert "kalshi.keys[0].private_key" in str(caught.value)


@pytest.mark.parametrize(
    "reference",
    ["hunter2", "-----BEGIN-----hunter2", "vault:hunter2", "env:", "file:hunter2x", ":hunter2"],
)
def test_a_bare_value_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(UserError) as caught:
        secret_of(reference)
    assert "hunter2" not in str(caught.value) or reference == "file:hunter2x"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAIRLOCK_TEST_KEY", raising=False)
    with pytest.raises(UserError, match="PAIRLOCK_TEST_KEY"):
        secret_of("env:PAIRLOCK_TEST_KEY")
    monkeypatch.setenv("PAIRLOCK_TEST_KEY", "")
    with pytest.raises(UserError, match="empty"):
        secret_of("env:PAIRLOCK_TEST_KEY")


class _Store(keyring.backend.KeyringBackend):
    """A key store in memory, in place of the system's."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        if service == "locked":
            raise keyring.errors.KeyringLocked("hunter2")
        return {("pairlock/kalshi", "main"): "hunter2"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def test_a_secret_from_the_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(_Store())  # type: ignore[no-untyped-call]
    try:
        assert secret_of("keyring:pairlock/kalshi/main").reveal() == "hunter2"
        for reference, words in (
            ("keyring:pairlock/kalshi/other", "no other of"),
            ("keyring:main", "names no entry"),
            ("keyring:locked/main", r"did not answer \(KeyringLocked\)"),
        ):
            with pytest.raises(UserError, match=words) as caught:
                secret_of(reference)
            assert "hunter2" not in str(caught.value)
            assert caught.value.__context__ is None
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", ""),
        (b'{"a": 0.10, "b": 1e5, "c": -3}', {"a": "0.10", "b": "1e5", "c": -3}),
        (b'{"a": NaN}', '{"a": NaN}'),
        (b'{"a": Infinity}', '{"a": Infinity}'),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b'{"a": [{"b": 1, "b": 1}]}', '{"a": [{"b": 1, "b": 1}]}'),
        (b'{"a": 1} x', '{"a": 1} x'),
        (b'{"a": 1', '{"a": 1'),
        (b'{"a": "\xff"}', '{"a": "ÿ"}'),
        (b"<html>", "<html>"),
        (b"[" * 100_000, "[" * 100_000),
        (b"9" * 5_000, "9" * 5_000),
        ('"é"'.encode(), "é"),
    ],
)
def test_a_body_is_strict_json_or_text(data: bytes, value: object) -> None:
    assert parsed(data) == value


def test_numbers_stay_text_and_know_it() -> None:
    body = parsed(b'{"a": 0.10, "b": "0.10"}')
    assert isinstance(body, dict)
    assert type(body["a"]) is Number
    assert type(body["b"]) is str


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_can_say_without_fractions_comes_back(value: object) -> None:
    assert parsed(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("7", 7_000),
        ("0", 0),
        ("99999999999", 3_600_000),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_whole_seconds_or_nothing(text: str, ms: int | None) -> None:
    assert Answer(429, "", {"retry-after": text}, 0, 0).retry_after_ms() == ms


def test_the_date_header_is_read() -> None:
    stamp = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert Answer(200, "", {"date": stamp}, 0, 0).date_ms() == 784_111_777_000
    assert Answer(200, "", {"date": "yesterday"}, 0, 0).date_ms() is None
    assert Answer(200, "", {}, 0, 0).date_ms() is None
