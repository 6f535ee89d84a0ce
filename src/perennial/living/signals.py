"""When an update matters: rules with their numbers, one for each thing that may be noticed.

For proportions too: no rule asks for a test against nothing. A rule that cannot be applied says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from perennial.numbers import heterogeneity_class, interval, p_value, percent
from perennial.records.status import ABSENT, UNCHECKED

Estimate = Mapping[str, Any]
Sides = Mapping[str, Any]
"""What holds for the version before ("old") and for the later one ("new")."""


@dataclass(frozen=True)
class Signal:
    """`fired` is None where the rule could not be applied; `said` holds the numbers."""

    rule: str
    fired: bool | None
    said: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def signals(before: Estimate, now: Estimate, classes: Sides, clinical: float | None) -> list[Signal]:
    """All rules for one estimate; `classes` are the bounds of I2, `clinical` the response rate that would matter."""
    if before["estimate"] is None or now["estimate"] is None:
        said = "there is no estimate to compare" if now["estimate"] is None else "there was no estimate before"
        return [Signal("any", None, said)]
    told = f"{percent(before['estimate'])}% before, {percent(now['estimate'])}% now"
    found = [
        _outside("the estimate lies outside the interval of before", before, now, "ci", told),
        _outside("the estimate lies outside the prediction interval of before", before, now, "pi", told),
        _heterogeneity(before, now, classes),
    ]
    if clinical is not None:
        found.append(_crossed(before, now, clinical))
    return found


def _outside(rule: str, before: Estimate, now: Estimate, which: str, told: str) -> Signal:
    low, high = before[f"{which}_low"], before[f"{which}_high"]
    if low is None or high is None:
        return Signal(rule, None, "before there was none")
    return Signal(rule, not low <= now["estimate"] <= high, f"{told}; {interval(low, high)}% before")


def _heterogeneity(before: Estimate, now: Estimate, classes: Sides) -> Signal:
    rule = "the class of heterogeneity changed"
    if before["i2"] is None or now["i2"] is None:
        return Signal(rule, None, "I² needs two studies or more on both sides")
    old, new = heterogeneity_class(before["i2"], classes["old"]), heterogeneity_class(now["i2"], classes["new"])
    return Signal(rule, old != new, f"{old} (I² {before['i2']:.1f}%) before, {new} (I² {now['i2']:.1f}%) now")


def _crossed(before: Estimate, now: Estimate, clinical: float) -> Signal:
    told = " and ".join(
        f"{percent(each['estimate'])}% ({interval(each['ci_low'], each['ci_high'])}) {when}"
        for each, when in ((before, "before"), (now, "now"))
    )
    rule = f"the threshold of {percent(clinical)}% was crossed"
    return Signal(rule, _above(before, clinical) != _above(now, clinical), told)


def side_of(result: Estimate, clinical: float) -> str | None:
    """On which side of a threshold an estimate and the ends of its interval lie; None without an estimate."""
    if result["estimate"] is None:
        return None
    low, middle, high = _above(result, clinical)
    if low == middle == high:
        return "above" if middle else "not above"
    return f"{'above' if middle else 'not above'}, the interval holds it"


def _above(result: Estimate, clinical: float) -> list[bool]:
    """Whether the lower end of the interval, the estimate and the upper end lie above; what is not there does not."""
    values = (result[end] for end in ("ci_low", "estimate", "ci_high"))
    return [value is not None and value > clinical for value in values]


def contrast_signal(label: str, before: Estimate, now: Estimate, levels: Sides) -> Signal:
    """Whether the verdict on a comparison of groups changed."""
    rule = f"the verdict on {label} changed"
    old, new = (each.get("q_p") for each in (before, now))
    if old is None or new is None:
        return Signal(rule, None, "there is no test on both sides")
    limits = [1 - levels[side] for side in ("old", "new")]
    told = f"limit {limits[0]:.2g}" if limits[0] == limits[1] else f"limits {limits[0]:.2g} and {limits[1]:.2g}"
    return Signal(rule, (old < limits[0]) != (new < limits[1]), f"{p_value(old)} before, {p_value(new)} now ({told})")


def retraction_signal(retracted: Mapping[str, str], status: Sequence[Mapping[str, str]]) -> list[Signal]:
    """Whether reports were retracted since; `retracted` are these with what is said, `status` is what was looked at."""
    rule = "an included report was retracted"
    if retracted:
        return [Signal(rule, True, f"{report}: {said}") for report, said in sorted(retracted.items())]
    reports = {row["report_id"] for row in status}
    looked_at = {row["report_id"] for row in status if row["state"] not in (ABSENT, UNCHECKED)}
    told = f"{len(looked_at)} of {len(reports)} reports were looked up"
    return [Signal(rule, False if looked_at else None, told if reports else "no report to look up")]
