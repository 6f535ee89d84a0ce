"""When an update matters: rules with their numbers, one for each thing that may be noticed.

For proportions too: no rule asks for a test against nothing. A rule that cannot be applied says so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from perennial.numbers import interval, p_value, percent

Estimate = Mapping[str, Any]


@dataclass(frozen=True)
class Signal:
    """`fired` is None where the rule could not be applied; `said` holds the numbers."""

    rule: str
    fired: bool | None
    said: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def signals(before: Estimate, now: Estimate, thresholds: Mapping[str, float], clinical: float | None) -> list[Signal]:
    """All rules for one estimate; `thresholds` are those of I2, `clinical` the response rate that would matter."""
    if before["estimate"] is None or now["estimate"] is None:
        said = "there is no estimate to compare" if now["estimate"] is None else "there was no estimate before"
        return [Signal("any", None, said)]
    told = f"{percent(before['estimate'])}% before, {percent(now['estimate'])}% now"
    found = [
        _outside("the estimate lies outside the interval of before", before, now, "ci", told),
        _outside("the estimate lies outside the prediction interval of before", before, now, "pi", told),
        _heterogeneity(before, now, thresholds),
    ]
    if clinical is not None:
        found.append(_crossed(before, now, clinical))
    return found


def _outside(rule: str, before: Estimate, now: Estimate, which: str, told: str) -> Signal:
    low, high = before[f"{which}_low"], before[f"{which}_high"]
    if low is None or high is None:
        return Signal(rule, None, "before there was none")
    return Signal(rule, not low <= now["estimate"] <= high, f"{told}; {interval(low, high)}% before")


def _heterogeneity(before: Estimate, now: Estimate, thresholds: Mapping[str, float]) -> Signal:
    rule = "the class of heterogeneity changed"
    if before["i2"] is None or now["i2"] is None:
        return Signal(rule, None, "I² needs two studies or more on both sides")
    old, new = (_class(each["i2"], thresholds) for each in (before, now))
    return Signal(rule, old != new, f"{old} (I² {before['i2']:.1f}%) before, {new} (I² {now['i2']:.1f}%) now")


def _class(i2: float, thresholds: Mapping[str, float]) -> str:
    if i2 <= thresholds["low"]:
        return "low"
    return "moderate" if i2 <= thresholds["moderate"] else "substantial"


def _crossed(before: Estimate, now: Estimate, clinical: float) -> Signal:
    """Where the estimate, and each end of its interval, lie of the threshold: above it, or not."""
    ends = ("estimate", "ci_low", "ci_high")
    sides = [[each[end] is not None and each[end] > clinical for end in ends] for each in (before, now)]
    told = " and ".join(
        f"{percent(each['estimate'])}% ({interval(each['ci_low'], each['ci_high'])}) {when}"
        for each, when in ((before, "before"), (now, "now"))
    )
    return Signal(f"the threshold of {percent(clinical)}% was crossed", sides[0] != sides[1], told)


def contrast_signal(label: str, before: Mapping[str, Any], now: Mapping[str, Any], level: float) -> Signal:
    """Whether the verdict on a comparison of groups changed."""
    rule = f"the verdict on {label} changed"
    old, new = (each.get("q_p") for each in (before, now))
    if old is None or new is None:
        return Signal(rule, None, "there is no test on both sides")
    limit = 1 - level
    return Signal(
        rule, (old < limit) != (new < limit), f"{p_value(old)} before, {p_value(new)} now (limit {limit:.2g})"
    )
