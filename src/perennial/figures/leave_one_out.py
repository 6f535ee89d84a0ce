"""The pooled result without each study in turn, beside the one with all of them."""

from matplotlib.figure import Figure

from perennial.figures.intervals import Line, Mark, Reference, interval_figure
from perennial.numbers import interval, percent


def leave_one_out_figure(card: dict, pooled: dict, sensitivity: dict) -> Figure:
    """`card` says which model and names to show; the others are the results of pooling and of leave-one-out."""
    model, level = card["model"], f"{100 * card['level']:g}"
    result, lines, reference = pooled["models"][model], [], None
    for without in sensitivity["leave_one_out"][model] if result["k"] > 1 else []:
        arm = card["arms"][without["left_out"]]
        counts = f"{without['events']}/{without['n']}"
        if without["estimate"] is None:
            lines.append(Line((f"without {arm['label']}", counts), comment="not estimable"))
            continue
        i2 = "" if without["i2"] is None else f"{without['i2']:.1f}%"
        mark = Mark("square", without["estimate"], without["ci_low"], without["ci_high"], arm["colour"])
        lines.append(Line((f"without {arm['label']}", counts), (*_numbers(without), i2), mark))
    if result["k"] < 2:
        lines = [Line(note="Fewer than two studies: none can be left out")]
    elif result["estimate"] is not None:
        mark = Mark("diamond", result["estimate"], result["ci_low"], result["ci_high"], "#bdbdbd")
        right = *_numbers(result), f"{result['i2']:.1f}%"
        lines.append(Line(("All studies", f"{result['events']}/{result['n']}"), right, mark, bold=True))
        reference = Reference(result["estimate"], result["ci_low"], result["ci_high"])
    outcome = card["outcome"]
    return interval_figure(
        f"{outcome['label']} ({outcome['abbreviation']}): {card['groups'][0]['label']}, without each study",
        left=("Study left out", "Events/n"),
        right=("%", f"{level}% interval", "I²"),
        lines=lines,
        axis_label=f"pooled {outcome['abbreviation']}, %",
        footnotes=[f"Model: {card['model_label']}.", "Band and dashed line: all studies together."],
        reference=reference,
    )


def _numbers(result: dict) -> tuple[str, str]:
    return percent(result["estimate"]), interval(result["ci_low"], result["ci_high"])
