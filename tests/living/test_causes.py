"""The causes of a change add up to it, whatever changed; each cause alone is named alone. The counts are synthetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.living.causes import STEPS, way
from perennial.stats.pooling import model_from_dict, pool_proportions

LOGIT = {"method": "inverse_variance", "transformation": "logit", "tau2": "DL", "interval": "wald"}
OTHER = {"method": "inverse_variance", "transformation": "freeman_tukey", "tau2": "REML", "interval": "hartung_knapp"}
LEVELS = {"old": 0.95, "new": 0.95}
COUNTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda pair: {"events": min(pair), "n": max(pair)}),
    max_size=5,
)


def pooled(counts: list[dict], model: dict = LOGIT) -> dict:
    events, n = [row["events"] for row in counts], [row["n"] for row in counts]
    return pool_proportions(events, n, model_from_dict(model), 0.95).to_dict()


def walked(released: dict, *counts, models=(LOGIT, LOGIT), later: dict | None = None):
    """`counts` are old, method, shared, data, evidence, in the order of the steps."""
    steps = dict(zip(("old", "method", "shared", "data", "evidence"), counts, strict=True))
    return way(released, steps, dict(zip(("old", "new"), models, strict=True)), LEVELS, later)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from([LOGIT, OTHER]), st.none() | st.floats(0, 1))
@settings(max_examples=40)
def test_the_causes_add_up(old, method, shared, data, evidence, model, later):
    told = None if later is None else {**pooled(evidence, model), "estimate": later}
    found, last = walked(pooled(old), old, method, shared, data, evidence, models=(LOGIT, model), later=told)
    assert last == (told or pooled(evidence, model))
    if found.total is None:
        assert None in (pooled(old)["estimate"], last["estimate"])
    elif None not in found.causes.values():
        assert sum(found.causes.values()) == pytest.approx(found.total, abs=1e-12)


SOME = [{"events": 5, "n": 10}, {"events": 9, "n": 30}]
CORRECTED = [{"events": 6, "n": 10}, SOME[1]]
MORE = [*SOME, {"events": 1, "n": 25}]
RELEASED = {**pooled(SOME), "estimate": 0.3}


@pytest.mark.parametrize(
    ("cause", "steps", "more"),
    [
        ("changed code", (RELEASED, SOME, SOME, SOME, SOME, SOME), {}),
        ("changed code", (pooled(SOME), SOME, SOME, SOME, SOME, SOME), {"later": RELEASED}),
        ("changed method", (pooled(SOME), SOME, SOME, SOME, SOME, SOME), {"models": (LOGIT, OTHER)}),
        ("changed method", (pooled(SOME), SOME, MORE, MORE, MORE, MORE), {}),
        ("corrected data", (pooled(SOME), SOME, SOME, SOME, CORRECTED, CORRECTED), {}),
        ("new evidence", (pooled(SOME), SOME, SOME, SOME, SOME, MORE), {}),
        ("new evidence", (pooled(MORE), MORE, MORE, SOME, SOME, SOME), {}),
    ],
)
def test_each_cause_alone_is_named_alone(cause, steps, more):
    found, _ = walked(*steps, **more)
    assert found.causes[cause] == pytest.approx(found.total) and abs(found.total) > 1e-3
    assert all(abs(found.causes[step]) < 1e-12 for step in STEPS if step != cause)


def test_code_before_and_after_is_added_up():
    """Both versions were released by other code: what the code of now makes of each is told apart from the rest."""
    found, _ = walked(RELEASED, SOME, SOME, SOME, SOME, MORE, later={**pooled(MORE), "estimate": 0.9})
    assert found.causes["new evidence"] == pytest.approx(pooled(MORE)["estimate"] - pooled(SOME)["estimate"])
    assert sum(found.causes.values()) == pytest.approx(found.total) == pytest.approx(0.6)


def test_where_there_was_no_estimate_nothing_is_made_up():
    found, _ = walked(pooled([]), [], [], [], [], SOME)
    assert found.total is None
    assert found.causes["new evidence"] is None
