"""The history as a figure: every step with its numbers, nothing over anything else, at any number of studies."""

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from perennial.figures.history import RECONSTRUCTED, history_figure
from perennial.stats.pooling import InverseVariance, pool_proportions

MODELS = {"two_step": InverseVariance("freeman_tukey", "DL", "wald")}
LONG = "Study of a synthetic drug with a name that goes on and on beyond any column, second cohort, extension"


def assert_nothing_overlaps(figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [text for text in figure.findobj(Text) if text.get_text().strip()]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer()).padded(-0.5)) for text in shown]
    for text, box in boxes:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, f"{text!r} leaves the sheet"
    for (one, box), (other, other_box) in combinations(boxes, 2):
        assert not box.overlaps(other_box), f"{one!r} lies over {other!r}"


def history(steps: int, each: int = 1, reconstructed: bool = True) -> dict:
    found = []
    for number in range(steps):
        arms = range(number * each, (number + 1) * each)
        counts = [5 + i % 4 for i in range((number + 1) * each)]
        models = {name: pool_proportions(counts, [12] * len(counts), model).to_dict() for name, model in MODELS.items()}
        came = [{"arm_id": str(i)} for i in arms]
        day = {"date": f"20{number:02}-01-01", "reconstructed": reconstructed}
        found.append({**day, "came": came, "changed": [], "went": [], "models": models})
    return {"steps": found}


def card(*groups: str, label=lambda i: f"Synthetic {2000 + i}") -> dict:
    arms = {str(i): label(i) for i in range(100)}
    return {
        "outcome": {"label": "Overall response", "abbreviation": "ORR"},
        "groups": [{"id": group, "label": f"Group {group}", "arms": arms} for group in groups],
        "model": "two_step",
        "model_label": "Some model",
        "level": 0.95,
    }


def texts(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


@pytest.mark.parametrize(("steps", "each"), [(0, 1), (1, 1), (3, 1), (2, 6), (20, 2)])
def test_nothing_overlaps(steps, each):
    assert_nothing_overlaps(history_figure(card("a", "b"), {"a": history(steps, each), "b": history(1)}))


def test_nor_with_long_names():
    assert_nothing_overlaps(history_figure(card("a", label=lambda i: LONG), {"a": history(2, 3)}))


def test_every_step_stands_there_with_its_numbers_and_all_the_studies_that_came():
    found = history(3, 4)
    shown = texts(history_figure(card("a"), {"a": found}))
    for step in found["steps"]:
        result = step["models"]["two_step"]
        assert step["date"] + RECONSTRUCTED in shown
        assert f"{result['events']}/{result['n']}" in shown
        assert f"{100 * result['estimate']:.1f}" in shown
        assert f"{100 * result['pi_low']:.1f} to {100 * result['pi_high']:.1f}" in shown
    assert all(f"+ Synthetic {2000 + i}" in shown for i in range(12))
    assert "not adjusted for looking repeatedly" in shown


def test_a_step_that_was_recorded_is_not_marked():
    shown = texts(history_figure(card("a"), {"a": history(2, reconstructed=False)}))
    assert RECONSTRUCTED not in shown and "2001-01-01" in shown


def test_what_went_leaves_a_line_without_a_mark():
    found = history(1)
    empty = pool_proportions([], [], MODELS["two_step"]).to_dict()
    gone = {"came": [], "changed": [], "went": [{"arm_id": "0", "reason": "held back"}], "models": {"two_step": empty}}
    found["steps"].append({"date": "2002-01-01", "reconstructed": False, **gone})
    shown = texts(history_figure(card("a"), {"a": found}))
    assert "2002-01-01 − Synthetic 2000" in shown and "no study" in shown
