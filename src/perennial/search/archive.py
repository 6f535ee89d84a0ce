"""The archive of searches: one folder a run, whole or absent, never changed afterwards.

A run gathers its answers in data/.staging/ and moves the folder into data/search/<source>/<date>/ in one step when it
is complete. Killed before that, it goes on from what lies in staging.
"""

import gzip
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from perennial.digests import content_sha256
from perennial.files import replace_file, sync_folder, to_json
from perennial.lock import take_lock
from perennial.records.archive import SEARCHES
from perennial.search.transport import SearchFailed

STAGING = Path("data/.staging")
PLAN = "plan.json"
LOCK = ".lock"


class Staging:
    """A run that is being gathered, by one process. `plan` is what it is about: another plan starts afresh."""

    def __init__(self, project: Path, source: str, day: date, plan: Mapping[str, Any]) -> None:
        self.target = project / SEARCHES / source / day.isoformat()
        self.folder = project / STAGING / source / day.isoformat()
        self.plan = to_json(plan, sort_keys=True)

    def __enter__(self) -> "Staging":
        if self.target.exists():
            raise SearchFailed(
                f"{self.target} exists, and an archived search is never changed. Remedy: search tomorrow."
            )
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.lock = take_lock(self.folder.parent / LOCK)
        if self.lock is None:
            raise SearchFailed(f"Another search works in {self.folder.parent}. Remedy: wait until it ends.")
        for old in self.folder.parent.glob("[0-9]*"):
            if old != self.folder or not self.has(PLAN) or (old / PLAN).read_bytes() != self.plan:
                shutil.rmtree(old)
        if not self.has(PLAN):
            replace_file(self.folder / PLAN, self.plan)
        return self

    def __exit__(self, *_: object) -> None:
        if self.lock is not None:
            os.close(self.lock)

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def keep(self, name: str, data: bytes) -> None:
        """Keep a payload, compressed the same way every time; it is on the disk when this returns."""
        replace_file(self.folder / name, gzip.compress(data, mtime=0), durable=True)

    def read(self, name: str) -> bytes:
        return gzip.decompress((self.folder / name).read_bytes())

    def discard(self, names: Iterable[str]) -> None:
        for name in names:
            (self.folder / name).unlink()

    def finish(self, told: Mapping[str, Any], explanation: str, documents: Mapping[str, bytes]) -> None:
        """Describe the run in run.json and README.txt beside `documents`; move all into the archive in one step."""
        for leftover in self.folder.glob(".*"):
            leftover.unlink()
        for name, data in documents.items():
            replace_file(self.folder / name, data, durable=True)
        replace_file(self.folder / "README.txt", explanation.encode(), durable=True)
        payloads = {}
        for path in sorted(self.folder.iterdir()):
            if path.name != "run.json":
                data = path.read_bytes()
                payloads[path.name] = {"sha256": content_sha256(data), "bytes": len(data)}
        begun, ended = (self.folder / PLAN).stat().st_mtime, time.time()
        searched = {"from": _moment(begun), "to": _moment(ended)}
        replace_file(
            self.folder / "run.json", to_json({**told, "searched": searched, "payloads": payloads}), durable=True
        )
        self.target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(self.folder, self.target)
        sync_folder(self.target.parent)


def wait_for_others(project: Path, source: str) -> None:
    """Return when no other process gathers answers of a source, such as one that outlived the run that started it."""
    folder = project / STAGING / source
    if folder.is_dir():
        while (lock := take_lock(folder / LOCK)) is None:
            time.sleep(0.5)
        os.close(lock)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
