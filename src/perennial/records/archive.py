"""The archive of searches as it is read: data/search/<source>/<date>/, one folder a run, never changed."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.digests import content_sha256

SEARCHES = Path("data/search")


class ArchiveError(ValueError):
    """What lies in the archive is not what was archived."""


@dataclass(frozen=True)
class Run:
    """An archived run: its folder and what run.json says of it."""

    folder: Path
    told: Mapping[str, Any]
    sha256: str
    """Of run.json, which holds the digests of all other files."""

    @property
    def date(self) -> str:
        return self.folder.name

    @property
    def source(self) -> str:
        return self.folder.parent.name

    def file(self, name: str) -> bytes:
        """A file of the run. Raises ArchiveError where it is not what was archived."""
        path, told = self.folder / name, self.told["payloads"][name]
        if not path.exists() or content_sha256(data := path.read_bytes()) != told["sha256"]:
            raise ArchiveError(f"{path}: not the file that was archived. Remedy: restore it from a copy.")
        return data

    def payload(self, name: str) -> bytes:
        """An answer as it was received."""
        return gzip.decompress(self.file(name))


def read_run(folder: Path, sha256: str = "") -> Run:
    """The run in a folder. Raises ArchiveError where its run.json is not the one with the digest asked for."""
    data = (folder / "run.json").read_bytes()
    found = content_sha256(data)
    if sha256 and found != sha256:
        raise ArchiveError(f"{folder / 'run.json'} changed while it was to be read. Remedy: run again.")
    return Run(folder, json.loads(data), found)


def archived_runs(project: Path, source: str) -> list[Run]:
    """The runs of a source, oldest first."""
    return [read_run(path.parent) for path in sorted((project / SEARCHES / source).glob("[0-9]*/run.json"))]
