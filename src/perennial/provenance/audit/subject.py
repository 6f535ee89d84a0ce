"""The review that is audited: its folder, the software that made it, its releases, and its states."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perennial.digests import content_sha256
from perennial.living.releases import EVIDENCE, MANIFEST, RELEASES
from perennial.provenance.digests import DIGESTS
from perennial.workflow.review import AS_OF

SUMMARY_CARD = "identity/summarise/review.json"


@dataclass(frozen=True)
class Manifest:
    """A release as it lies there, whether or not it is one: `told` is empty where its release.json cannot be read."""

    folder: Path
    told: Mapping[str, Any]
    sha256: str

    @property
    def version(self) -> str:
        return self.told.get("version", self.folder.name)

    @property
    def evidence(self) -> Path:
        return self.folder / EVIDENCE

    def digests(self, of: str) -> dict[str, str]:
        """The digests that it gives of "inputs" or "results"."""
        told = self.told.get(of)
        return told if isinstance(told, dict) else {}


@dataclass(frozen=True)
class State:
    """Results in a folder, as of a day where it is not the newest, as a version or none."""

    results: str
    as_of: str | None
    version: str | None
    cards: Mapping[str, bytes]
    """Its identity cards as they lie there, by name."""


@dataclass(frozen=True)
class Subject:
    """`project` holds config/, data/ and results/; `software` holds Snakefile, src/, scripts/ and workflow/."""

    project: Path
    software: Path
    releases: list[Manifest]
    """The first made first."""
    states: list[State]

    @property
    def last(self) -> Manifest | None:
        return self.releases[-1] if self.releases else None

    def name(self, path: Path) -> str:
        """A file as findings call it."""
        return path.relative_to(self.project).as_posix()

    def without_places(self, text: str) -> str:
        """A message without the folders in which the review and the software lie here."""
        return text.replace(f"{self.project}/", "").replace(f"{self.software}/", "")


def open_subject(project: Path, software: Path) -> Subject:
    manifests = [_manifest(path) for path in sorted((project / RELEASES).glob(f"[!.]*/{MANIFEST}"))]
    number = {path.folder: path.told.get("number") for path in manifests}
    manifests.sort(key=lambda each: number[each.folder] if isinstance(number[each.folder], int) else len(manifests) + 1)
    folders = [project / "results", *sorted((project / AS_OF).glob("[!.]*/"))]
    states = [_state(project, folder) for folder in folders if (folder / DIGESTS).is_file() or _finished(folder)]
    return Subject(project, software, manifests, states)


def _finished(folder: Path) -> bool:
    return (folder / "summary.json").is_file() or (folder / "identity").is_dir()


def _manifest(path: Path) -> Manifest:
    data = path.read_bytes()
    told = read_json(data)
    return Manifest(path.parent, told if isinstance(told, dict) else {}, content_sha256(data))


def _state(project: Path, folder: Path) -> State:
    results = folder.relative_to(project).as_posix()
    identity = folder / "identity"
    cards = {
        path.relative_to(identity).with_suffix("").as_posix(): path.read_bytes()
        for path in sorted(identity.glob("*/*.json"))
    }
    summarised = read_json(cards.get("summarise/review", b""))
    version = summarised.get("version") if isinstance(summarised, dict) else None
    return State(results, folder.name if results != "results" else None, version, cards)


def read_json(data: bytes) -> Any:
    """What a document holds; None where it is none."""
    try:
        return json.loads(data)
    except ValueError:
        return None
