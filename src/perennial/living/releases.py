"""Versions of a review in data/releases/: what each rested on and what it found, never changed afterwards.

A release holds a copy of the protocol and of the evidence tables, so that its numbers can be computed again with other
methods or code; of everything else (archived searches, imports, results) it holds digests.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.files import replace_file, sync_folder, to_json

RELEASES = Path("data/releases")
MANIFEST = "release.json"
EVIDENCE = "evidence"
"""The folder of a release that has the config/ and data/ of its time."""

SUMMARY = "summary.json"


class ReleaseError(ValueError):
    """A release cannot be made, or what lies in data/releases/ is none; the message says what to do."""


@dataclass(frozen=True)
class Release:
    """`told` is what its release.json says; `sha256` is that of this file, by which the next release names it."""

    folder: Path
    told: Mapping[str, Any]
    sha256: str

    @property
    def version(self) -> str:
        return self.told["version"]

    @property
    def evidence(self) -> Path:
        return self.folder / EVIDENCE

    def summary(self) -> dict[str, Any]:
        """The numbers as they were released. Raises ReleaseError where the file is not the one that was."""
        data = (self.folder / SUMMARY).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.told["results"][SUMMARY]:
            raise ReleaseError(f"{self.folder / SUMMARY}: not the file that was released. Remedy: restore it.")
        return json.loads(data)


def read_releases(project: Path) -> list[Release]:
    """All releases, the first made first. Raises ReleaseError where their chain is broken."""
    found = [_read(path.parent) for path in (project / RELEASES).glob(f"[!.]*/{MANIFEST}")]
    chain = sorted(found, key=lambda release: release.told["number"])
    for before, release in zip([None, *chain], chain, strict=False):
        named = release.told["previous"]
        expected = before and {"version": before.version, "sha256": before.sha256}
        if named != expected:
            raise ReleaseError(
                f"{release.folder / MANIFEST}: it follows on {named and named['version']}, which is not what lies "
                "there. Remedy: restore the releases as they were made."
            )
    return chain


def _read(folder: Path) -> Release:
    data = (folder / MANIFEST).read_bytes()
    try:
        told = json.loads(data)
        _ = told["version"], told["number"], told["previous"], told["results"][SUMMARY]
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{folder / MANIFEST}: not the description of a release ({error!r})") from None
    return Release(folder, told, hashlib.sha256(data).hexdigest())


def make_release(project: Path, version: str, results: Path, meaning: Mapping[str, Any]) -> Release:
    """Freeze `results` and what they rest on as `version`; it appears whole or not at all.

    `meaning` says of what day the review is, and the rest that the manifest should tell. Raises ReleaseError where the
    version exists.
    """
    folder = project / RELEASES / version
    if folder.exists():
        raise ReleaseError(f"{RELEASES / version} exists. Remedy: give this version another name.")
    made = read_releases(project)
    staging = project / RELEASES / f".{version}.staging"
    shutil.rmtree(staging, ignore_errors=True)
    for source in _evidence(project):
        target = staging / EVIDENCE / source.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    replace_file(staging / SUMMARY, (project / results / SUMMARY).read_bytes(), durable=True)
    manifest = {
        "version": version,
        "number": len(made) + 1,
        "previous": {"version": made[-1].version, "sha256": made[-1].sha256} if made else None,
        **meaning,
        "inputs": _digests(project, _inputs(project)),
        "results": _digests(project / results, _files(project / results)),
    }
    replace_file(staging / MANIFEST, to_json(manifest), durable=True)
    os.rename(staging, folder)
    sync_folder(folder.parent)
    return _read(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _inputs(project: Path) -> list[Path]:
    """The protocol and everything in data/ that is no release."""
    inside = [path for path in _files(project / "data") if RELEASES not in path.relative_to(project).parents]
    return [project / "config" / "config.yaml", *(path for path in inside if not path.name.startswith("."))]


def _evidence(project: Path) -> list[Path]:
    """The inputs that people wrote: tables and lists, not archives and exports."""
    kept = (".csv", ".yaml")
    return [
        path
        for path in _inputs(project)
        if path.suffix in kept and path.relative_to(project).parts[1] not in ("search", "imports")
    ]


def _digests(base: Path, files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
