"""Funnel plots: estimates against their standard errors, one panel for each form of the asymmetry test."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perennial.figures.style import FAINT, INK, SOFT
from perennial.numbers import p_value
from perennial.stats.distributions import critical_value

MARKERS = "osD^vP*Xph"
COLOURS = ("#332288", "#117733", "#CC6677", "#882255", "#88CCEE", "#999933", "#AA4499", "#44AA99", "#DDCC77", "#555555")
AXES = {
    "raw": ("Proportion, untransformed", "Standard error of the transformed proportion"),
    "freeman_tukey": ("Proportion, Freeman-Tukey transform", "Standard error"),
}


def funnel_figure(card: dict, bias: dict) -> Figure:
    """`card` names groups and tests; `bias` holds the points and the result of each test."""
    figure = Figure(figsize=(4.4 * len(card["tests"]), 4.9))
    outcome = card["outcome"]
    figure.suptitle(f"{outcome['label']} ({outcome['abbreviation']}): funnel plots", weight="bold", size=9.5)
    for position, test in enumerate(card["tests"], start=1):
        _panel(figure.add_subplot(1, len(card["tests"]), position), card, test, bias["egger"][test["id"]])
    handles = {}
    for axes in figure.axes:
        handles |= dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=min(len(handles), 3), frameon=False)
    figure.subplots_adjust(left=0.09, right=0.98, top=0.83, bottom=0.2, wspace=0.28)
    return figure


def _panel(axes: Axes, card: dict, test: dict, result: dict) -> None:
    points = result["points"]
    axes.set_title(textwrap.fill(test["label"], 52) + "\n" + _verdict(result), size=7.5)
    axes.set(xlabel=AXES[result["effect"]][0], ylabel=AXES[result["effect"]][1])
    axes.spines[["top", "right"]].set_visible(False)
    if not points:
        axes.text(0.5, 0.5, "No study", transform=axes.transAxes, ha="center", color=SOFT)
        return
    weights = [1 / point["sei"] ** 2 for point in points]
    centre = sum(w * point["yi"] for w, point in zip(weights, points, strict=True)) / sum(weights)
    deepest = 1.15 * max(point["sei"] for point in points)
    half = critical_value(card["level"]) * deepest
    axes.fill([centre - half, centre, centre + half], [deepest, 0, deepest], color="#f3f3f3", zorder=0)
    axes.plot([centre - half, centre, centre + half], [deepest, 0, deepest], color=FAINT, linewidth=0.8, zorder=1)
    axes.plot([centre, centre], [0, deepest], color=SOFT, linewidth=0.8, dashes=(4, 2), zorder=1)
    for number, group in enumerate(card["groups"]):
        chosen = [point for point in points if point["group"] == group["id"]]
        if chosen:
            axes.scatter(
                [point["yi"] for point in chosen],
                [point["sei"] for point in chosen],
                marker=MARKERS[number % len(MARKERS)],
                color=COLOURS[number % len(COLOURS)],
                edgecolor=INK,
                linewidth=0.5,
                s=34,
                label=group["label"],
                zorder=3,
            )
    axes.set_ylim(deepest, 0)


def _verdict(result: dict) -> str:
    tested = p_value(result["p"]) if result["p"] is not None else "not tested"
    counts = f"{result['k']} arms of {result['studies']} studies"
    return f"Egger: {tested}; {counts}" + (", too few" if result["too_few"] else "")
