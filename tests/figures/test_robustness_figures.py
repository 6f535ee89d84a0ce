"""Comparisons within trials and specification curves: whatever was estimable, nothing overlaps and nothing is lost."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from perennial.figures.intervals import Mark
from perennial.figures.specification_curve import specification_figure
from perennial.figures.style import FORMATS, render
from perennial.figures.within_trials import scale_for, within_trials_figure
from perennial.stats.multiverse import specification_curve
from perennial.stats.within_trial import within_trial

OUTCOME = {"label": "Overall response", "abbreviation": "ORR"}


def texts(figure) -> list[str]:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [each for each in figure.findobj(Text) if each.get_text().strip() and each.get_visible()]
    boxes = [(each.get_text(), each.get_window_extent(canvas.get_renderer())) for each in shown]
    for (one, a), (other, b) in combinations(boxes, 2):
        apart = a.x1 <= b.x0 + 0.5 or b.x1 <= a.x0 + 0.5 or a.y1 <= b.y0 + 0.5 or b.y1 <= a.y0 + 0.5
        assert apart, f"{one!r} and {other!r} overlap"
    return [text for text, _ in boxes]


def comparisons(*trials: tuple[int, int, int, int]) -> dict:
    names = [f"s{number}" for number in range(len(trials))]
    columns = [list(column) for column in zip(*trials, strict=True)] or [[], [], [], []]
    found = within_trial(*columns, names).to_dict()
    return {"comparisons": {"x": {"trials": [{"study_id": name} for name in names], **found}}}


def card(trials: int, several: int = 1) -> dict:
    return {
        "outcome": OUTCOME,
        "level": 0.95,
        "comparisons": [{"id": "x", "first": "After a synthetic drug", "second": "Before", "randomised": "no"}]
        * several,
        "studies": {f"s{number}": f"Synthetic {number}" for number in range(trials)},
    }


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [(3, 10, 5, 10)],
        [(0, 10, 5, 10), (10, 10, 5, 10)],
        [(0, 10, 0, 10), (3, 9, 4, 8), (1, 20, 9, 20)],
        [(5, 10, 5, 10)] * 3,
        [(3, 30, 12, 40)] * 40,
    ],
)
def test_each_trial_and_what_is_pooled_stand_in_the_figure(trials):
    shown = texts(within_trials_figure(card(len(trials)), comparisons(*trials)))
    assert {f"Synthetic {number}" for number in range(len(trials))} <= set(shown)
    assert "Before" in shown
    assert any(text.startswith(("Pooled", "Not pooled", "No trial")) for text in shown)


def test_no_comparison_is_said():
    assert any("names no comparison" in text for text in texts(within_trials_figure(card(0, 0), {"comparisons": {}})))


@given(st.lists(st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)), max_size=5))
def test_a_scale_of_ratios_has_one_inside_and_equal_steps_for_equal_ratios(ends):
    scale = scale_for([Mark("square", None, min(each), max(each)) for each in ends])
    assert scale.ticks[0][0] < 1 < scale.ticks[-1][0]
    assert all(0 <= scale.position(value) <= 1 for each in ends for value in each)
    middle = (scale.ticks[0][0] * scale.ticks[-1][0]) ** 0.5
    assert scale.position(middle) == pytest.approx(0.5)


def robustness(events: list[int], n: list[int], rules: list[str]) -> dict:
    kept = {rule: [place >= number for place in range(len(n))] for number, rule in enumerate(rules)}
    curve = specification_curve(
        events, n, ["logit", "freeman_tukey", "glmm"], ["DL", "REML"], ["wald", "hartung_knapp"], kept
    )
    return {"specifications": curve.to_dict()}


@pytest.mark.parametrize(("events", "n"), [([], []), ([3], [10]), ([0, 0, 0], [10, 12, 9]), ([3, 8, 5], [10, 12, 20]), ([1] * 12, [30] * 12)])  # fmt: skip
@pytest.mark.parametrize("rules", [["every"], ["every", "some"]])
def test_a_curve_shows_every_specification_and_the_choices_that_occur(events, n, rules):
    found = robustness(events, n, rules)
    primary = {"method": "inverse_variance", "transformation": "logit", "tau2": "DL", "interval": "wald"}
    named = [{"id": rule, "label": f"Rule {rule}"} for rule in rules]
    figure = specification_figure({"outcome": OUTCOME, "group": "Group", "rules": named, "primary": primary, "model_label": "Some model", "level": 0.95}, found)  # fmt: skip
    shown, curve = texts(figure), found["specifications"]["curve"]
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(dots) == len(curve)
    heights = [line.get_ydata()[0] for line in dots]
    assert heights == sorted(heights)
    assert ("no model gives an estimate" in shown) == (not curve)
    assert any(text.startswith("Dark: Some model") for text in shown) == any(
        each["measure"] == "logit" and each["tau2_method"] == "DL" and each["interval"] == "wald" and each["rule"] == "every" for each in curve
    )  # fmt: skip
    for kind in FORMATS:
        assert render(figure, kind) == render(figure, kind)
