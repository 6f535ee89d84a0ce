"""Records out of an archived run whose answers are JSON."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from perennial.dates import first_day
from perennial.records.archive import Run
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.records.text import plain


def read_answers(
    run: Run, items: Callable[[Any], list[Any]], record: Callable[[Mapping[str, Any]], Record]
) -> Iterator[Found | SetAside]:
    """What the answers of a run hold, in their order; an item that `record` cannot read is set aside."""
    position = 0
    for answer in run.told["answers"]:
        for item in items(json.loads(run.payload(answer["file"]))):
            position += 1
            try:
                yield Found(position, record(item))
            except (LookupError, TypeError, AttributeError, ValueError) as error:
                reason = f"not of the form that {run.told['source']} gives: {error!r}"
                yield SetAside(position, None, reason, json.dumps(item))


def texts(node: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The texts at the end of a path of names (a.b.c), those of each member where a list is on the way.

    Raises AttributeError or TypeError where the path leads through, or to, something else.
    """
    return tuple(text for text in map(_text, branches(node, path)) if text)


def text(node: Mapping[str, Any], path: str) -> str:
    """The first of the texts at the end of a path; empty where there is none."""
    return next(iter(texts(node, path)), "")


def day(node: Mapping[str, Any], path: str) -> str:
    """The date at the end of a path, whole or partial; empty where there is none. Raises ValueError for no date."""
    found = text(node, path)
    if found:
        first_day(found)
    return found


def branches(node: Mapping[str, Any], path: str) -> list[Any]:
    """What stands at the end of a path, whatever it is."""
    nodes: list[Any] = [node]
    for name in path.split("."):
        found = [each[name] for each in nodes if each.get(name) is not None]
        nodes = [leaf for each in found for leaf in (each if isinstance(each, list) else [each])]
    return nodes


def _text(value: object) -> str:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool | int):
        return str(value).lower()
    raise TypeError(f"{value!r} stands where a text should")
