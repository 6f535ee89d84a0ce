"""How the evidence accumulated: the pooled result of each group after every step of its history."""

from matplotlib.figure import Figure

from perennial.figures.intervals import WIDEST, Line, Mark, interval_figure
from perennial.figures.style import text_width
from perennial.numbers import interval, percent

RECONSTRUCTED = "°"
"""Behind the date of a step that is reconstructed."""

INDENT = " " * 6


def history_figure(card: dict, histories: dict[str, dict]) -> Figure:
    """`card` says which model, groups and names to show; `histories` holds the results of replaying by group."""
    level, model, lines, marked = f"{100 * card['level']:g}", card["model"], [], False
    for group in card["groups"]:
        if lines:
            lines.append(Line())
        lines.append(Line(left=(group["label"],), bold=True))
        found = histories[group["id"]]["steps"]
        lines += [line for step in found for line in _lines(step, model, group["arms"])]
        if not found:
            lines.append(Line(left=("No study",), soft=True))
        marked = marked or any(step["reconstructed"] for step in found)
    notes = [
        f"Model: {card['model_label']}.",
        "Squares: all studies known from that day on. Dashed lines: prediction intervals.",
        "The intervals are not adjusted for looking repeatedly.",
    ]
    if marked:
        notes.append(f"{RECONSTRUCTED} reconstructed from dates of publication, before the first archived search.")
    outcome = card["outcome"]
    return interval_figure(
        f"{outcome['label']} ({outcome['abbreviation']}): how the evidence accumulated",
        left=("From, and what changed", "k", "Events/n"),
        right=("%", f"{level}% interval", "Prediction", "I²"),
        lines=lines,
        axis_label=f"pooled {outcome['abbreviation']}, %",
        footnotes=notes,
    )


def _lines(step: dict, model: str, arms: dict[str, str]) -> list[Line]:
    """The result of a step beside what changed; names that find no room stand in lines of their own below."""
    day = step["date"] + (RECONSTRUCTED if step["reconstructed"] else "")
    first, *more = _wrapped(day, changes(step, arms))
    result = step["models"][model]
    left = first, str(result["k"]), f"{result['events']}/{result['n']}"
    below = [Line((text,)) for text in more]
    if result["estimate"] is None:
        return [Line(left, comment="no study" if result["k"] == 0 else "not estimable", soft=True), *below]
    low, high = result["pi_low"], result["pi_high"]
    i2 = "" if result["i2"] is None else f"{result['i2']:.1f}%"
    right = percent(result["estimate"]), interval(result["ci_low"], result["ci_high"]), interval(low, high), i2
    mark = Mark("square", result["estimate"], result["ci_low"], result["ci_high"])
    return [Line(left, right, mark, behind=None if low is None else Mark("bar", None, low, high)), *below]


def changes(step: dict, arms: dict[str, str]) -> list[str]:
    """What is new at a step, in few words: + what came, − what went, and what has other counts now."""
    told = [f"+ {arms[row['arm_id']]}" for row in step["came"]]
    told += [f"{arms[change['now']['arm_id']]}: other counts" for change in step["changed"]]
    return told + [f"− {arms[gone['arm_id']]}" for gone in step["went"]]


def _wrapped(day: str, told: list[str]) -> list[str]:
    lines = [day]
    for each in told:
        longer = f"{lines[-1]} {each}"
        if text_width(longer) <= WIDEST:
            lines[-1] = longer
        else:
            lines.append(f"{INDENT}{each}")
    return lines
