"""Lists that a source gives as JSON, page by page: whole, or not at all.

What a source says of the length of a list is what the pages must add up to, each record once. A list that changes
or comes in another order while it is read is read again from its beginning.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, TypeVar

from perennial import __version__
from perennial.search.archive import Staging
from perennial.search.transport import BadAnswer, Reply, SearchFailed, Transport, excerpt

RESTARTS = 3
SOFTWARE = {"perennial": __version__, "requests": metadata.version("requests")}

T = TypeVar("T")
Parameters = Mapping[str, str | int]


class Moved(Exception):
    """The pages that were read do not make one list."""


@dataclass(frozen=True)
class Page:
    ids: tuple[str, ...]
    total: int | None
    """How long the whole list is; None where only the first page says so."""
    following: str
    """What asks for the next page; empty where none follows."""
    size: int = 0
    """How many a page holds unless the list ends in it; 0 where the source promises nothing."""


@dataclass
class Pages:
    """Lists of one source; a page that lies in staging is not asked for again."""

    staging: Staging
    transport: Transport
    unrecorded: Parameters = field(default_factory=dict)
    """Sent with every question and written nowhere: an e-mail address."""

    def whole(
        self, name: str, path: str, parameters: Parameters, cursor: str, read: Callable[[dict[str, Any]], Page]
    ) -> list[dict[str, Any]]:
        """The payloads name-0001.json.gz, name-0002.json.gz, ... that hold a list, each with what it answers.

        The parameter `cursor` asks for the pages after the first. `read` fails for what is no page of this list.
        """
        for _ in range(1 + RESTARTS):
            kept = []
            try:
                for answer in self._walk(name, path, parameters, cursor, read):
                    kept.append(answer)
                return kept
            except Moved as error:
                reason = str(error)
                # From the end, so that a kill here leaves the beginning of one list and never parts of two.
                self.staging.discard(answer["file"] for answer in reversed(kept))
        raise SearchFailed(
            f"{self.transport.address}{path}: {reason}, after {1 + RESTARTS} attempts at the whole list. Nothing was "
            "added to the archive. Remedy: run the search again later."
        )

    def _walk(
        self, name: str, path: str, parameters: Parameters, cursor: str, read: Callable[[dict[str, Any]], Page]
    ) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        total = None
        number = 0

        def check(reply: Reply) -> bytes:
            page = understood(reply, read)
            length = total if page.total is None else page.total
            if length is None:
                raise BadAnswer(f"it does not say how many there are: {excerpt(reply.body)}")
            if len(page.ids) < min(page.size, length - len(seen)):
                raise BadAnswer(f"a page of {len(page.ids)} where {min(page.size, length - len(seen))} were due")
            return reply.body

        while True:
            number += 1
            file = f"{name}-{number:04}.json.gz"
            if not self.staging.has(file):
                self.staging.keep(file, self.transport.ask(path, check, params={**parameters, **self.unrecorded}))
            yield {"file": file, "path": path, "parameters": parameters}
            page = read(json.loads(self.staging.read(file)))
            total = page.total if total is None else total
            fresh = set(page.ids) - seen
            seen |= fresh
            if page.total not in (None, total):
                raise Moved(f"the list had {total} records and then {page.total}")
            if len(fresh) < len(page.ids):
                raise Moved(f"page {number} repeats records")
            if len(seen) == total:
                return
            if len(seen) > total or not fresh or not page.following:
                raise Moved(f"the list ends at {len(seen)} of {total} records")
            parameters = {**parameters, cursor: page.following}


def understood(reply: Reply, read: Callable[[dict[str, Any]], T]) -> T:
    """What `read` makes of an answer in JSON. Raises BadAnswer where it is none, or not of the form expected."""
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"not JSON ({error}): {excerpt(reply.body)}") from None
    try:
        return read(answer)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise BadAnswer(f"not the answer to this question ({error!r}): {excerpt(reply.body)}") from None


def natural(value: object) -> int:
    """A count as JSON has it. Raises TypeError for anything else."""
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def listed(value: object) -> list[Any]:
    """A list as JSON has it. Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value
