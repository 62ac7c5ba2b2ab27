"""Killed writers, power loss, full and failing disks: really done, on real files."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import apsw
import pytest

from journal_disk import Disk, DiskVFS, Op, Sync, Truncate, Write, open_on
from journal_support import content, content_at, extend, fresh
from pairlock.journal.records import chain_ok
from pairlock.journal.store import JournalFailed, JournalInUse
from pairlock_adapters.sqlite.sidecars import Ballast
from pairlock_adapters.sqlite.store import SqliteStore, open_store

TESTS = str(Path(__file__).parent)
WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from journal_support import extend, fresh
store = fresh(sys.argv[1])
while True:
    extend(store, 3, size=200)
    print(store.head()[0], flush=True)
"""


def test_kill_9_again_and_again_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    rng = random.Random(3)
    acked = 0
    for epoch in range(1, 7):
        with subprocess.Popen([sys.executable, "-c", WRITER, path, TESTS], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            acked = int(writer.stdout.readline())
            with closing(open_store(path)) as second, pytest.raises(JournalInUse, match=str(writer.pid)):
                second.acquire()
            with closing(
                open_store(path, readonly=True)
            ) as reader:  # a live reader at the moment of the kill
                assert not reader.was_unclean
                assert chain_ok(reader.records()).ok
                time.sleep(rng.random() * 0.15)
                os.kill(writer.pid, signal.SIGKILL)
                acked = max([acked, *(int(line) for line in writer.stdout.read().split())])
                writer.wait()
            with closing(open_store(path, readonly=True)) as after:
                assert after.was_unclean
                assert after.head()[0] >= acked
                assert after.head()[0] % 3 == 0, "a transaction was split"
                assert chain_ok(after.records()).good_seq == after.head()[0]
        recovered = open_store(path)
        assert recovered.acquire() == 2 * epoch
        extend(recovered, 3)
        acked = recovered.head()[0]
        recovered.close() if epoch % 2 else recovered._let_go(clean=False)
    assert acked > 30


def test_readers_beside_a_busy_writer_never_see_a_broken_journal(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    with subprocess.Popen([sys.executable, "-c", WRITER, path, TESTS], stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            heads = []
            for _ in range(25):
                with closing(open_store(path, readonly=True)) as reader:
                    assert not reader.was_unclean
                    heads.append(reader.head()[0])
                    assert len(list(reader.records())) >= heads[-1]
            assert heads == sorted(heads)
            assert heads[-1] > heads[0]
            with closing(open_store(path, readonly=True)) as reader:
                reader.backup(str(tmp_path / "b.db"))
            assert content_at(str(tmp_path / "b.db"))["head"][0] >= heads[-1]
        finally:
            os.kill(writer.pid, signal.SIGKILL)


# --- a disk that fails -----------------------------------------------------------------------------------------------

_NAMES = itertools.count()


def on_disk(path: str, refuse: Callable[[Op], None]) -> tuple[SqliteStore, Disk, DiskVFS]:
    name = f"disk{next(_NAMES)}"
    disk = Disk()
    vfs = DiskVFS(name, disk)
    store = open_on(path, name)
    store.acquire()
    disk.refuse = refuse
    return store, disk, vfs


def written_until_it_fails(store: SqliteStore, batch: int, why: str) -> int:
    """The last record that was acknowledged."""
    acked = store.head()[0]
    for _ in range(10_000):
        try:
            acked = extend(store, batch, size=500)[-1].seq
        except JournalFailed as error:
            assert why in str(error)  # noqa: PT017  the number of appends before it is not known
            return acked
    raise AssertionError("it never failed")


@pytest.mark.parametrize("broken", [Write, Sync])
def test_a_write_or_fsync_that_fails_ends_the_writing(tmp_path: Path, broken: type) -> None:
    for nth in range(6):
        path = str(tmp_path / f"{nth}.db")
        seen = itertools.count()

        def refuse(op: Op, seen: itertools.count[int] = seen, nth: int = nth) -> None:
            if isinstance(op, broken) and next(seen) >= nth:
                raise apsw.IOError("the disk is broken")

        store, disk, _ = on_disk(path, refuse)
        acked = written_until_it_fails(store, 2, "IOError")
        assert not store.epoch_is_current(), "an engine whose journal failed must send nothing"
        disk.refuse = lambda op: None
        with pytest.raises(JournalFailed, match="IOError"):
            extend(store, 1)  # what an fsync that failed has left is unknown: trying again proves nothing
        store.close()
        after = open_store(path)
        assert after.was_unclean
        assert after.head()[0] >= acked
        assert after.head()[0] % 2 == 0
        after.acquire()
        extend(after, 1)
        after.close()


class FullDisk:
    """Full but for the ballast: writes that grow a file are refused until it is gone."""

    def __init__(self, ballast: str) -> None:
        self.ballast = ballast
        self.full = False
        self.refused = 0

    def __call__(self, op: Op) -> None:
        if self.full and isinstance(op, (Write, Truncate)) and os.path.getsize(self.ballast) > 0:
            self.refused += 1
            raise apsw.FullError("no space left")


def test_a_full_disk_is_bridged_by_the_ballast(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    full = FullDisk(f"{path}.ballast")
    store, _, _ = on_disk(path, full)
    store.reserve(1000)
    low = [store.low_on_space]
    extend(store, 2)
    full.full = True
    extend(store, 2)
    low.append(store.low_on_space)
    assert low == [False, True]
    assert full.refused > 0
    extend(store, 2)
    store.close()
    assert content_at(path)["head"][0] == 6


def test_a_full_disk_without_ballast_ends_the_writing(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")

    def refuse(op: Op) -> None:
        if isinstance(op, Write) and op.offset > 0:
            raise apsw.FullError("no space left")

    store, disk, _ = on_disk(path, lambda op: None)
    store.reserve(1000)
    extend(store, 2)
    disk.refuse = refuse
    for _ in range(2):
        with pytest.raises(JournalFailed, match="FullError"):
            extend(store, 1)
    assert store.low_on_space
    store.close()
    with closing(open_store(path, readonly=True)) as after:
        assert after.head()[0] == 2


def test_a_really_full_file_system(tmp_path: Path) -> None:
    """The same on a 3 MB tmpfs, which only root may mount."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount a tmpfs here; the same is tested above with a disk that refuses writes")
    try:
        path = str(mount / "j.db")
        store = fresh(path)
        store.reserve(Ballast.CHUNK)
        while not store.low_on_space:
            extend(store, 10, size=500)
        bridged = store.head()[0]
        last = written_until_it_fails(store, 10, "FullError")
        assert last > bridged, "the ballast gave no room"
        with suppress(JournalFailed):
            store.close()
        with closing(open_store(path, readonly=True)) as after:
            assert after.head()[0] == last
            assert content(after)["head"][0] == last
    finally:
        subprocess.run(["umount", str(mount)], check=True)
