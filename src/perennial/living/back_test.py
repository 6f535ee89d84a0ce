"""At which date of the history each signal would have fired: every step against the one before, by the same rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from perennial.living.signals import Signal, contrast_signal, retraction_signal, signals
from perennial.records.status import retractions
from perennial.stats.pooling import PooledProportion
from perennial.stats.subgroups import pooled_difference

Step = Mapping[str, Any]
"""A step of `living.history.replayed`."""

NOTHING = PooledProportion(0, 0, 0).to_dict()
"""What is pooled before the first step."""

OTHER_KIND = "the step before is reconstructed and this is the day of the first archived search: they differ in kind"


def estimates_tried(
    history: Sequence[Step],
    model: str,
    thresholds: Mapping[str, float],
    clinical: float | None,
    first_search: str | None,
) -> list[dict[str, Any]]:
    """The signals of one analysis at each step, with the dates of both sides; `model` is the one compared under."""
    tried, before, since = [], NOTHING, None
    for step in history:
        now = step["models"][model]
        found = signals(before, now, _both(thresholds), clinical)
        if since and step["date"] == first_search:
            found = [Signal("any", None, OTHER_KIND)]
        tried += [_told(step["date"], since, step["reconstructed"], signal) for signal in found]
        before, since = now, step["date"]
    return tried


def contrast_tried(
    histories: Mapping[str, Sequence[Step]], label: str, model: str, level: float, first_search: str | None
) -> list[dict[str, Any]]:
    """The signal of a comparison of two groups on each day on which one of them changed.

    `histories` has the two, first the one that the other is compared with, by their labels.
    """
    days = {step["date"]: step["reconstructed"] for history in histories.values() for step in history}
    tried, before, since = [], {}, None
    for day in sorted(days):
        sides = [_on(history, day, model) for history in histories.values()]
        now = pooled_difference(*sides, level)
        signal = contrast_signal(label, before, now, _both(level))
        if since and day == first_search:
            signal = replace(signal, fired=None, said=OTHER_KIND)
        elif signal.fired is None:
            signal = replace(signal, said=_why_not(dict(zip(histories, sides, strict=True)), now))
        tried.append(_told(day, since, days[day], signal))
        before, since = now, day
    return tried


def _on(history: Sequence[Step], day: str, model: str) -> Mapping[str, Any]:
    """What was pooled on a day."""
    past = [step for step in history if step["date"] <= day]
    return past[-1]["models"][model] if past else NOTHING


def _why_not(sides: Mapping[str, Mapping[str, Any]], now: Mapping[str, Any]) -> str:
    if now["estimate"] is not None:
        return "there was no test before"
    small = [
        f"{label} has {side['k'] or 'no'} {'study' if side['k'] == 1 else 'studies'}"
        for label, side in sides.items()
        if side["k"] < 2
    ]
    return f"no test: {' and '.join(small)}" if small else now["warnings"][0]


def _both(setting: Any) -> dict[str, Any]:
    """A setting of now, which holds for both sides of a step."""
    return {"old": setting, "new": setting}


def _told(day: str, since: str | None, reconstructed: bool, signal: Signal) -> dict[str, Any]:
    return {"date": day, "before": since, "reconstructed": reconstructed, **signal.to_dict()}


def retractions_tried(
    status: Sequence[Mapping[str, str]], histories: Mapping[tuple[str, str], Sequence[Step]]
) -> list[dict[str, Any]]:
    """The signal of each retraction of a report that was ever pooled, on the day of its notice.

    `status` are the rows of report_status.csv; of several notices the first that has a day counts. Without a
    retraction it is told once, with how many reports were looked up.
    """
    pooled = {
        row["report_id"]
        for history in histories.values()
        for step in history
        for row in (*step["came"], *(change["now"] for change in step["changed"]))
    }
    rows = [row for row in status if row["report_id"] in pooled]
    retracted = retractions(rows)
    days = {
        report: min((row["published"] for row in rows if row["report_id"] == report and _retracts(row)), default="")
        for report in retracted
    }
    found = [
        (days[report], signal)
        for report in sorted(retracted, key=lambda report: (days[report], report))
        for signal in retraction_signal({report: retracted[report]}, rows)
    ]
    return [
        {"label": "Retraction", **_told(day, None, False, signal)}
        for day, signal in found or [("", signal) for signal in retraction_signal({}, rows)]
    ]


def _retracts(row: Mapping[str, str]) -> bool:
    """Whether a row tells of a retraction and of its day."""
    return bool(row["published"] and retractions([row]))
