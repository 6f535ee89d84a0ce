"""Versions of a review in data/releases/: what each rested on and what it found, never changed afterwards.

A release holds a copy of the protocol and of the evidence tables, so that its numbers can be computed again with other
methods or code; of everything else (archived searches, imports, results) it holds digests, which do not depend on line
ends: a release verifies on whatever machine it is checked out.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.digests import content_sha256, file_sha256
from perennial.files import replace_file, sync_folder, to_json

RELEASES = Path("data/releases")
MANIFEST = "release.json"
STAGING = ".staging"
EVIDENCE = "evidence"
"""The folder of a release that has the config/ and data/ of its time."""

SUMMARY = "summary.json"
STATUS = "records/report_status.csv"
KEPT = (SUMMARY, STATUS)
"""The results of which a release holds a copy, under the last part of their names."""


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
        return json.loads(self._kept(SUMMARY))

    def report_status(self) -> list[dict[str, str]]:
        """What was known of the included reports, retractions and the like. Raises ReleaseError as `summary` does."""
        return read_csv(self._kept(STATUS))

    def _kept(self, name: str) -> bytes:
        path = self.folder / Path(name).name
        data = path.read_bytes() if path.is_file() else b""
        if content_sha256(data) != self.told["results"][name]:
            raise ReleaseError(f"{path}: not the file that was released. Remedy: restore it.")
        return data


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
        _ = told["version"], told["number"], told["previous"], [told["results"][name] for name in KEPT]
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{folder / MANIFEST}: not the description of a release ({error!r})") from None
    return Release(folder, told, content_sha256(data))


def make_release(project: Path, version: str, results: Path, meaning: Mapping[str, Any]) -> Release:
    """Freeze `results` and what they rest on as `version`; it appears whole or not at all.

    `meaning` says of what day the review is, and the rest that the manifest should tell. A run that died after the
    version was made and before it could say so is repeated without harm. Raises ReleaseError where the version exists
    and is of another state.
    """
    folder = project / RELEASES / version
    made = read_releases(project)
    earlier = made[:-1] if made and made[-1].version == version else made
    manifest = {
        "version": version,
        "number": len(earlier) + 1,
        "previous": {"version": earlier[-1].version, "sha256": earlier[-1].sha256} if earlier else None,
        **meaning,
        "inputs": _digests(project, _inputs(project)),
        "results": _digests(project / results, _results(project / results)),
    }
    if folder.exists():
        if made and made[-1].version == version and made[-1].told == manifest:
            return made[-1]
        raise ReleaseError(
            f"{RELEASES / version} exists, and is of another state. Remedy: give this version another name."
        )
    staging = project / RELEASES / f".{version}{STAGING}"
    shutil.rmtree(staging, ignore_errors=True)
    for source in _evidence(project):
        target = staging / EVIDENCE / source.relative_to(project)
        replace_file(target, source.read_bytes(), durable=True)
    for name in KEPT:
        replace_file(staging / Path(name).name, (project / results / name).read_bytes(), durable=True)
    replace_file(staging / MANIFEST, to_json(manifest), durable=True)
    os.rename(staging, folder)
    sync_folder(folder.parent)
    return _read(folder)


def code_digests(software: Path) -> dict[str, str]:
    """Digests of all that computes: the Snakefile, workflow/, scripts/ and src/ below `software`."""
    inside = [path for part in ("scripts", "src", "workflow") for path in _files(software / part)]
    return _digests(software, [software / "Snakefile", *(path for path in inside if path.suffix != ".pyc")])


def _files(folder: Path) -> list[Path]:
    """All but what begins with a dot: what is being made, or was left half-made."""
    inside = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _results(folder: Path) -> list[Path]:
    """The results of this state, not those as of another day, nor receipts."""
    return [path for path in _files(folder) if path.relative_to(folder).parts[0] not in ("as_of", "receipts")]


def _inputs(project: Path) -> list[Path]:
    """The protocol and everything in data/ that is no release."""
    inside = _files(project / "data")
    return [
        project / "config" / "config.yaml",
        *(path for path in inside if RELEASES not in path.relative_to(project).parents),
    ]


def _evidence(project: Path) -> list[Path]:
    """The inputs that people wrote: tables and lists, not archives and exports."""
    kept = (".csv", ".yaml")
    return [
        path
        for path in _inputs(project)
        if path.suffix in kept and path.relative_to(project).parts[1] not in ("search", "imports")
    ]


def _digests(base: Path, files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(base).as_posix(): file_sha256(path) for path in files}
