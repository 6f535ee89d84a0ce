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


def walked(released: dict, old, method, data, evidence, models=(LOGIT, LOGIT)):
    counts = {"old": old, "method": method, "data": data, "evidence": evidence}
    return way(released, counts, dict(zip(("old", "new"), models, strict=True)), LEVELS)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from([LOGIT, OTHER]))
@settings(max_examples=40)
def test_the_causes_add_up(old, method, data, evidence, model):
    found, results = walked(pooled(old), old, method, data, evidence, (LOGIT, model))
    assert results[-1] == pooled(evidence, model)
    if found.total is None:
        assert None in (pooled(old)["estimate"], results[-1]["estimate"])
    elif None not in found.causes.values():
        assert sum(found.causes.values()) == pytest.approx(found.total, abs=1e-12)


SOME = [{"events": 5, "n": 10}, {"events": 9, "n": 30}]
CORRECTED = [{"events": 6, "n": 10}, SOME[1]]
MORE = [*SOME, {"events": 1, "n": 25}]


@pytest.mark.parametrize(
    ("cause", "arguments"),
    [
        ("changed code", ({**pooled(SOME), "estimate": 0.3}, SOME, SOME, SOME, SOME)),
        ("changed method", (pooled(SOME), SOME, SOME, SOME, SOME, (LOGIT, OTHER))),
        ("changed method", (pooled(SOME), SOME, MORE, MORE, MORE)),
        ("corrected data", (pooled(SOME), SOME, SOME, CORRECTED, CORRECTED)),
        ("new evidence", (pooled(SOME), SOME, SOME, SOME, MORE)),
    ],
)
def test_each_cause_alone_is_named_alone(cause, arguments):
    found, _ = walked(*arguments)
    assert found.causes[cause] == pytest.approx(found.total) and abs(found.total) > 1e-3
    assert all(abs(found.causes[step]) < 1e-12 for step in STEPS if step != cause)


def test_where_there_was_no_estimate_nothing_is_made_up():
    found, _ = walked(pooled([]), [], [], [], SOME)
    assert found.total is None
    assert found.causes == {"changed code": None, "changed method": None, "corrected data": None, "new evidence": None}
