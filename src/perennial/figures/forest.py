"""Forest plot: the studies of one or more groups, what is pooled from them, and where the next study may fall."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from perennial.figures.intervals import Line, Mark, interval_figure
from perennial.numbers import interval, p_value, percent


def forest_figure(card: dict, pooled: dict[str, dict]) -> Figure:
    """`card` says which model, groups and names to show; `pooled` holds the pooled results by group."""
    model, level = card["model"], f"{100 * card['level']:g}"
    weighted = any(pooled[group["id"]]["models"][model]["weights"] for group in card["groups"])
    lines: list[Line] = []
    for group in card["groups"]:
        if lines:
            lines.append(Line())
        if len(card["groups"]) > 1:
            lines.append(Line(left=(group["label"],), bold=True))
        lines += _pooled_studies(pooled[group["id"]], model, card["arms"], weighted)
        lines += _left_out(card["left_out"][group["id"]], card["arms"])
        lines += _pooled_lines(pooled[group["id"]]["models"][model], weighted)
    title = f"{card['outcome']['label']} ({card['outcome']['abbreviation']})"
    if len(card["groups"]) == 1:
        title = f"{title}: {card['groups'][0]['label']}"
    return interval_figure(
        title,
        left=("Study", "Treatment", "Events/n"),
        right=(f"% ({level}% interval)", "Weight") if weighted else (f"% ({level}% interval)",),
        lines=lines,
        axis_label=f"{card['outcome']['abbreviation']}, %",
        footnotes=_footnotes(card, weighted, any(pooled[g["id"]]["models"][model]["k"] > 1 for g in card["groups"])),
    )


def _footnotes(card: dict, weighted: bool, anything_pooled: bool) -> list[str]:
    squares = "Squares: studies with exact (Clopper-Pearson) intervals"
    if not anything_pooled:
        return [f"{squares}."]
    drawn = "area by weight" if weighted else "all of one size: this model has no weights"
    return [
        f"Model: {card['model_label']}.",
        f"{squares}, {drawn}.",
        "Diamonds: pooled results. Dashed lines: prediction intervals.",
    ]


def _pooled_studies(pooled: dict, model: str, arms: dict[str, dict], weighted: bool) -> list[Line]:
    result, lines = pooled["models"][model], []
    weights = result["weights"] or [None] * len(pooled["studies"])
    heaviest = max((weight for weight in weights if weight), default=None)
    for study, weight in zip(pooled["studies"], weights, strict=True):
        arm = arms[study["arm_id"]]
        area = weight / heaviest if weight else 0.35
        mark = Mark("square", study["estimate"], study["ci_low"], study["ci_high"], arm["colour"], area)
        right = _estimate(study), f"{weight:.1f}%" if weight else ""
        left = arm["label"], arm["regimen"], f"{study['events']}/{study['n']}"
        lines.append(Line(left, _cells(right, weighted), mark))
    return lines


def _left_out(left_out: list[dict], arms: dict[str, dict]) -> list[Line]:
    told = [(arms[each["arm_id"]], each["reason"]) for each in left_out]
    return [Line((arm["label"], arm["regimen"], "–"), comment=reason, soft=True) for arm, reason in told]


def _pooled_lines(result: dict, weighted: bool) -> list[Line]:
    if result["k"] == 0:
        return [Line(left=("No study",), soft=True)]
    if result["k"] == 1:
        return [Line(note="One study: nothing is pooled")]
    counts = f"{result['events']}/{result['n']}"
    if result["estimate"] is None:
        return [Line(("Pooled", "", counts), bold=True), *(Line(note=warning) for warning in result["warnings"])]
    total = "100.0%" if result["weights"] else ""
    diamond = Mark("diamond", result["estimate"], result["ci_low"], result["ci_high"], "#bdbdbd")
    bar = Mark("bar", None, result["pi_low"], result["pi_high"])
    return [
        Line(("Pooled", "", counts), _cells((_estimate(result), total), weighted), diamond, bold=True),
        Line(("Prediction interval",), _cells((interval(result["pi_low"], result["pi_high"]), ""), weighted), bar),
        Line(note=_heterogeneity_note(result)),
    ]


def _heterogeneity_note(result: dict) -> str:
    tau2 = f"{result['tau2']:.4f}" if result["tau2"] else "0 (none of it in the prediction interval)"
    return (
        f"I² = {result['i2']:.1f}%, τ² = {tau2}, Q = {result['q']:.2f} ({result['q_df']} df), {p_value(result['q_p'])}"
    )


def _estimate(result: dict) -> str:
    return f"{percent(result['estimate'])} ({interval(result['ci_low'], result['ci_high'])})"


def _cells(texts: Sequence[str], weighted: bool) -> tuple[str, ...]:
    return tuple(texts) if weighted else tuple(texts[:1])
