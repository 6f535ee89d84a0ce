"""The specification curve: every model's estimate and interval, sorted, over a grid that says which model it is."""

from matplotlib.figure import Figure

from perennial.figures.style import FAINT, INK, SIZE, SOFT, text_width

MEASURES = {
    "raw": "raw proportion",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "freeman_tukey": "Freeman-Tukey",
    "glmm": "binomial GLMM",
}
INTERVALS = {
    "wald": "Wald",
    "t": "t",
    "hartung_knapp": "Hartung-Knapp",
    "hartung_knapp_adhoc": "Hartung-Knapp, ad hoc",
}
ROW, CURVE, STEP, MARGIN = 0.2, 2.4, 0.14, 0.2
"""Inches: a row of the grid, the height of the curve, the width of a specification, the margin."""

LARGEST = 12.0
"""Inches that the curve may be wide."""


def specification_figure(card: dict, robustness: dict) -> Figure:
    """`card` names outcome, group, rules and the primary model; `robustness` holds the specifications."""
    found = robustness["specifications"]
    curve, refused = found["curve"], len(found["not_estimable"])
    title = f"{card['outcome']['label']} ({card['outcome']['abbreviation']}): {card['group']}, every model"
    rows = _rows(curve, {rule["id"]: rule["label"] for rule in card["rules"]})
    notes = _notes(card, curve, refused)
    labels = max((text_width(label) for _, choices in rows for _, label in choices), default=0.0)
    left = 2 * MARGIN + max(labels, text_width("pooled, %") + 0.4)
    wide = min(LARGEST, max(4.0, STEP * max(len(curve), 1)))
    width = max(left + wide, MARGIN + max(map(text_width, (title, *notes)))) + MARGIN
    depth = ROW * sum(len(choices) + 0.5 for _, choices in rows)
    height = 2 * MARGIN + ROW * (2 + len(notes)) + CURVE + depth
    figure = Figure(figsize=(width, height))
    figure.text(MARGIN / width, 1 - (MARGIN + ROW / 2) / height, title, weight="bold", va="center")
    for number, note in enumerate(notes):
        place = (MARGIN + ROW * (len(notes) - number - 0.5)) / height
        figure.text(MARGIN / width, place, note, va="center", color=SOFT)
    below = MARGIN + ROW * len(notes)
    span = (-0.7, max(len(curve), 1) - 0.3)
    axes = figure.add_axes((left / width, (below + depth) / height, wide / width, CURVE / height))
    axes.set(xlim=span, ylim=(0, 100), xticks=[], ylabel="pooled, %")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for place, each in enumerate(curve):
        primary = _is_primary(each, card)
        colour, thick = (INK, 2.2) if primary else ("#7f9db9", 1.2)
        axes.plot([place] * 2, [100 * each["ci_low"], 100 * each["ci_high"]], color=colour, linewidth=thick, zorder=2)
        axes.plot(place, 100 * each["estimate"], "o", color=colour, markersize=4.5 if primary else 3, zorder=3)
    if not curve:
        axes.text(sum(span) / 2, 50, "no model gives an estimate", ha="center", va="center", color=SOFT)
    grid = figure.add_axes((left / width, below / height, wide / width, depth / height))
    grid.set(xlim=span, ylim=(-depth / ROW, 0))
    grid.axis("off")
    y = -0.5
    for key, choices in rows:
        for choice, label in choices:
            y -= 0.5
            grid.text(span[0], y, f"{label}  ", ha="right", va="center", fontsize=SIZE)
            at = [place for place, each in enumerate(curve) if each[key] == choice]
            grid.plot(range(len(curve)), [y] * len(curve), "s", color="#ededed", markersize=3.5)
            grid.plot(at, [y] * len(at), "s", color=INK, markersize=3.5)
            y -= 0.5
        y -= 0.5
    return figure


def _rows(curve: list[dict], rules: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What was varied, with the choices that occur in the curve; a rule stands there where there are several."""
    names = {"measure": MEASURES, "tau2_method": {}, "interval": INTERVALS, "rule": rules}
    rows = []
    for key, labels in names.items():
        there = dict.fromkeys(each[key] for each in curve)
        choices = [(each, labels[each]) for each in labels if each in there] or [
            (each, f"τ² by {each}") for each in sorted(there)
        ]
        if key != "rule" or len(choices) > 1:
            rows.append((key, choices))
    return rows


def _notes(card: dict, curve: list[dict], refused: int) -> list[str]:
    notes = [f"Each column is one model, with its {100 * card['level']:g}% interval; sorted by the estimate."]
    if any(_is_primary(each, card) for each in curve):
        notes.append(f"Dark: {card['model_label']}.")
    if refused:
        notes.append(f"{refused} {'combination gives' if refused == 1 else 'combinations give'} no estimate.")
    return notes


def _is_primary(each: dict, card: dict) -> bool:
    """Whether a specification is the model that the page leads with, on the arms of the first rule."""
    primary, first = card["primary"], card["rules"][0]["id"]
    measure = "glmm" if primary["method"] == "glmm" else primary["transformation"]
    same = each["measure"] == measure and each["interval"] == primary["interval"] and each["rule"] == first
    return same and (measure == "glmm" or each["tau2_method"] == primary["tau2"])
