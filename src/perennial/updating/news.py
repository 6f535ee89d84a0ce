"""What is new between how a review stood when the last message was written and how it stands now."""

from collections.abc import Mapping
from typing import Any

Standing = Mapping[str, Any]

NOTHING: Standing = {"records": {}, "estimates": {}, "signals": {}, "notices": {}, "work": {}}
SAME = 1e-9
"""Estimates that differ by less are the same: the same evidence on another processor."""


def news(told: Standing | None, now: Standing) -> dict[str, Any]:
    """What there is to tell, by kind; empty where nothing happened.

    Against no message before (`told` is None) everything is new. Days that passed, and work that people did, are no
    news; work that came up is.
    """
    before = {**NOTHING, **(told or {})}
    found = {
        "records": _new(before, now, "records"),
        "studies": _changed(before, now, "studies"),
        "version": _changed(before, now, "previous_version"),
        "estimates": [
            {"analysis": name, "label": each["label"], "before": before["estimates"].get(name), "now": each}
            for name, each in now["estimates"].items()
            if not _same(before["estimates"].get(name), each)
        ],
        "signals": _new(before, now, "signals"),
        "signals_gone": sorted(_new(now, before, "signals")),
        "notices": _new(before, now, "notices"),
        "notices_gone": sorted(_new(now, before, "notices")),
        "work": {
            name: {"before": before["work"].get(name, 0), "now": count}
            for name, count in now["work"].items()
            if count > before["work"].get(name, 0)
        },
        "unsearched": _changed(before, now, "unsearched"),
    }
    return {kind: each for kind, each in found.items() if each}


def _new(before: Standing, now: Standing, kind: str) -> dict[str, str]:
    """What was not there by name, whatever was said of it."""
    return {name: now[kind][name] for name in sorted(now[kind]) if name not in before[kind]}


def _changed(before: Standing, now: Standing, kind: str) -> dict[str, Any] | None:
    """Both values, where they differ; what was never told and is nothing is no change."""
    if before.get(kind) == now[kind] or (kind not in before and not now[kind]):
        return None
    return {"before": before.get(kind), "now": now[kind]}


def _same(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    if before is None:
        return False
    pairs = [(before.get(key), value) for key, value in now.items() if key != "label"]
    return all(a == b or (None not in (a, b) and abs(a - b) < SAME) for a, b in pairs)
