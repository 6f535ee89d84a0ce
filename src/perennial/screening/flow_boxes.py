"""Boxes of a flow diagram that know the ids they count, and the sums in which they stand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

Box = dict[str, Any]

ONE = {"records": "record", "reports": "report", "studies": "study"}


class FlowError(ValueError):
    """The ledgers contradict each other; the message names the file, the ids and a remedy."""


def box(name: str, label: str, count: int, **more: list) -> Box:
    return {"id": name, "label": label, "count": count, "reasons": [], **more}


def listed(name: str, label: str, ids: Collection[str]) -> Box:
    return box(name, label, len(ids), ids=sorted(ids))


def ranked(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Reasons, or sources, in the order of a diagram: the largest first."""
    in_order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [{"reason": label, "count": count} for label, count in in_order]


def reconciled(boxes: Mapping[str, Box], sums: Sequence[tuple[str, Sequence[str]]]) -> Iterator[dict[str, Any]]:
    """Each sum, a whole and its parts, from the boxes' own counts; none where a count is not known."""
    for whole, parts in sums:
        counts = [boxes[part]["count"] for part in parts]
        if None not in (boxes[whole]["count"], *counts):
            yield {
                "statement": f"{_said(boxes[whole])} = {' + '.join(_said(boxes[part]) for part in parts)}",
                "left": boxes[whole]["count"],
                "right": sum(counts),
                "holds": boxes[whole]["count"] == sum(counts),
            }


def _said(box: Box) -> str:
    """12 records screened; 1 record screened."""
    words = box["label"][0].lower() + box["label"][1:]
    if box["count"] == 1:
        first = min((noun for noun in ONE if noun in words), key=words.index)
        words = words.replace(first, ONE[first], 1)
    return f"{box['count']:,} {words}"
