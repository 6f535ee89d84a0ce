"""What reading the project came to, remembered for as long as nothing that it was read from has changed.

Reading tables and writing cards takes most of the time of a run that has nothing to do. Contents decide what is
remembered, never dates: the configuration, every file of the evidence, the code, and the packages that are installed.
"""

import hashlib
import json
import os
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from perennial.files import replace_file
from perennial.records.archive import SEARCHES
from perennial.workflow.cards import write_cards
from perennial.workflow.provenance_cards import Flow
from perennial.workflow.review import Review, open_review

OTHERS = {("datetime", "date"), ("pathlib", "PosixPath")}
"""Classes that are not ours and that a review holds."""


class Memory:
    """Of the review below `project` under `config`; `base` holds the workflow/, the scripts/ and the code."""

    def __init__(self, config: Mapping[str, Any], project: Path, base: Path) -> None:
        self._config, self._project, self._base = dict(config), project, base
        self._folder = project / ".cache" / "review"
        self._file = self._folder / f"{_digest(_read_from(config, project, base))}.pickle"
        self._cards = ""

    def review(self) -> Review:
        """The review, read only where something changed. Raises ReviewError."""
        try:
            with self._file.open("rb") as file:
                self._cards, review = _Kept(file).load()
            return review
        except (OSError, EOFError, pickle.UnpicklingError):
            return open_review(self._config, self._project, self._base / "workflow")

    def write_cards(self, review: Review, flow: Flow) -> None:
        """Write the cards that say something new, unless they stand as they were left after the same was read."""
        if not self._cards or self._cards != _cards_of(review, flow):
            write_cards(review, self._base / "scripts", flow)
            for old in self._folder.glob("*"):
                old.unlink()
            replace_file(self._file, pickle.dumps((_cards_of(review, flow), review)))


class _Kept(pickle.Unpickler):
    """Reads what `Memory` wrote and nothing else: a project comes from anywhere, and a pickle can name any function."""

    def find_class(self, module: str, name: str) -> type:
        if module.partition(".")[0] == "perennial" or (module, name) in OTHERS:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a review is made of")


def _read_from(config: Mapping[str, Any], project: Path, base: Path) -> Iterator[bytes]:
    """All that cards are made of, and where it lies. Of an archived search run.json has the digests of all else."""
    yield json.dumps(config, sort_keys=True, default=str).encode()
    yield from (os.fsencode(project), os.fsencode(base), sys.version.encode())
    for place in sys.path:
        if os.path.isdir(place):
            yield from (name.encode() for name in sorted(os.listdir(place)) if name.endswith(".dist-info"))
    for root, folders in ((project, ("config", "data")), (base, ("scripts", "src", "workflow"))):
        for path in sorted(_files(root, folders)):
            yield os.fsencode(path.relative_to(root))
            yield path.read_bytes()


def _files(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    """What begins with a dot is somebody's note to himself or half made, and nothing else reads it either."""
    for folder in folders:
        for place, inside, names in os.walk(root / folder, followlinks=True):
            inside[:] = [name for name in inside if not name.startswith(".") and name != "__pycache__"]
            archived = Path(place).is_relative_to(root / SEARCHES)
            for name in names:
                if not name.startswith(".") and (not archived or name == "run.json") and Path(place, name).is_file():
                    yield Path(place, name)


def _cards_of(review: Review, flow: Flow) -> str:
    folder = review.project / review.results / "identity"
    cards = sorted(folder.glob("*/*.json"))
    parts = [json.dumps(flow, sort_keys=True).encode()]
    for path in cards:
        parts += [os.fsencode(path.relative_to(folder)), path.read_bytes()]
    return _digest(parts)


def _digest(parts: Iterable[bytes]) -> str:
    """Of the parts and where each ends."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
