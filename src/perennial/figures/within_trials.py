"""Odds ratios within trials, one block a comparison, on a logarithmic scale."""

from matplotlib.figure import Figure

from perennial.figures.intervals import Line, Mark, Scale, interval_figure
from perennial.numbers import p_value

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
DECADES = (0.01, 0.1, 1, 10, 100)
MOST = 9
"""Ticks that have room; of more, the powers of ten stay."""


def within_trials_figure(card: dict, found: dict) -> Figure:
    """`card` names comparisons and studies; `found` holds the comparisons by id."""
    level = f"{100 * card['level']:g}"
    lines: list[Line] = []
    for comparison in card["comparisons"]:
        if lines:
            lines.append(Line())
        lines += _block(comparison, found["comparisons"][comparison["id"]], card["studies"])
    sides = {f"{each['first']} against {each['second']}" for each in card["comparisons"]}
    what = sides.pop() if len(sides) == 1 else "first against second"
    return interval_figure(
        f"{card['outcome']['label']} ({card['outcome']['abbreviation']}) within trials",
        left=("Trial", "Events/n", "Events/n"),
        right=(f"Odds ratio ({level}% interval)",),
        lines=lines or [Line(note="The configuration names no comparison within trials")],
        axis_label=f"odds ratio of {card['outcome']['abbreviation']}, {what}",
        footnotes=[*_allocation(card["comparisons"]), "Line at 1: no difference."],
        scale=scale_for([mark for line in lines if (mark := line.mark)]),
    )


def _allocation(comparisons: list[dict]) -> list[str]:
    """What must be said where chance did not decide who was in which group."""
    told = {each["randomised"] for each in comparisons} - {"yes"}
    return [
        "Not all of the groups compared were randomised."
        if told != {"no"}
        else "The groups compared were not randomised."
    ] * bool(told)


def scale_for(marks: list[Mark]) -> Scale:
    """From a tick below all marks to one above, and never less than a half to two."""
    low, high = min([0.5, *(mark.low for mark in marks)]), max([2, *(mark.high for mark in marks)])
    first = max((i for i, tick in enumerate(TICKS) if tick <= low), default=0)
    last = min((i for i, tick in enumerate(TICKS) if tick >= high), default=len(TICKS) - 1)
    between = TICKS[first : last + 1]
    if len(between) > MOST:
        between = (between[0], *(tick for tick in between[2:-2] if tick in DECADES), between[-1])
    return Scale(tuple((tick, f"{tick:g}") for tick in between), logarithmic=True, null=1)


def _block(labels: dict, comparison: dict, studies: dict[str, str]) -> list[Line]:
    measure, lines = comparison["odds_ratio"], [Line(left=("", labels["first"], labels["second"]), bold=True)]
    for trial in measure["trials"]:
        counts = f"{trial['events1']}/{trial['n1']}", f"{trial['events2']}/{trial['n2']}"
        name = studies[trial["label"]]
        if trial["estimate"] is None:
            lines.append(Line((name, *counts), comment=trial["note"], soft=True))
        else:
            mark = Mark("square", trial["estimate"], trial["ci_low"], trial["ci_high"])
            lines.append(Line((name, *counts), (_told(trial),), mark))
    if not measure["trials"]:
        return [*lines, Line(note="No trial has both")]
    pooled = measure[measure["main"]]
    if pooled["estimate"] is None:
        return [*lines, Line(note=f"Not pooled: {pooled['reason']}")]
    mark = Mark("diamond", pooled["estimate"], pooled["ci_low"], pooled["ci_high"], "#bdbdbd")
    told = f"{pooled['method']}; {p_value(pooled['p'])}, I² = {pooled['i2']:.1f}%"
    return [*lines, Line(("Pooled",), (_told(pooled),), mark, bold=True), Line(note=told)]


def _told(it: dict) -> str:
    return f"{it['estimate']:.2f} ({it['ci_low']:.2f} to {it['ci_high']:.2f})"
