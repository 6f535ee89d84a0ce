"""Evidence as it grew: each step is metafor's analysis of the studies so far.

`oracle/living.json` holds metafor's answers; `Rscript oracle/living.R oracle/living.json` makes them again.
"""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.cumulative_evidence import MANY_LOOKS, cumulative_evidence
from perennial.stats.errors import NotEstimable

COMMITTED = json.loads((Path(__file__).parents[1] / "oracle" / "living.json").read_bytes())
TABLES = {name: table for name, table in COMMITTED["tables"].items() if "yi" in table}


@pytest.mark.parametrize("interval", ["wald", "hartung_knapp"])
@pytest.mark.parametrize("name", TABLES)
def test_against_metafor(name, interval):
    yi, vi = TABLES[name]["yi"], TABLES[name]["vi"]
    order = np.random.default_rng(1).permutation(len(yi))
    dates = [f"20{10 + i}-05-01" for i in range(len(yi))]
    result = cumulative_evidence(
        *(np.array(values)[order] for values in (yi, vi)), [dates[i] for i in order], interval=interval
    )
    assert [step.date for step in result.steps] == dates and result.warnings == (MANY_LOOKS,)
    for step, answer in zip(result.steps[1:], COMMITTED["answers"][name], strict=True):
        theirs = answer[interval]
        for field in ("k", "estimate", "se", "ci_low", "ci_high", "tau2", "pi_low", "pi_high"):
            assert getattr(step, field) == pytest.approx(theirs[field], rel=1e-6, abs=1e-8), field


def test_first_study_stands_alone():
    step = cumulative_evidence([0.4], [0.25], ["2020"], ["Synthetic study 1"]).steps[0]
    assert (step.estimate, step.ci_low, step.ci_high) == pytest.approx((0.4, 0.4 - 0.979982, 0.4 + 0.979982), abs=1e-6)
    assert (
        step.pi_low is None and step.tau2 is None and step.added == ("Synthetic study 1",) and "one study" in step.note
    )


def test_studies_of_one_date_enter_together():
    result = cumulative_evidence(
        [1, 2, 3, 4],
        [1, 1, 1, 1],
        [date(2020, 1, 1), date(2019, 1, 1), date(2020, 1, 1), date(2021, 1, 1)],
        list("ABCD"),
    )
    assert [(step.k, step.added) for step in result.steps] == [(1, ("B",)), (3, ("A", "C")), (4, ("D",))]
    assert "2021-01-01  k 4" in str(result)


def test_equal_estimates_fall_back_to_wald_and_say_so():
    step = cumulative_evidence([0.3, 0.3], [0.1, 0.2], [1, 2]).steps[1]
    assert step.df is None and step.note.startswith("Wald interval: ") and step.ci_low < 0.3 < step.ci_high
    assert "tau2 is 0" in step.note


def test_what_there_is_to_say_of_a_step():
    steps = cumulative_evidence([0.1, 0.12, 0.11, 4], [1, 1, 1, 1], [1, 2, 2, 3]).steps
    assert "narrower than the Wald interval" in steps[1].note and "tau2 is 0" in steps[1].note
    assert steps[2].note is None and steps[2].tau2 > 0


def test_no_study():
    result = cumulative_evidence([], [], [])
    assert result.steps == () and result.warnings == ("no study",)


def test_refusals():
    with pytest.raises(ValueError, match="date"):
        cumulative_evidence([1, 2], [1, 1], ["2020", None])
    with pytest.raises(ValueError, match="equal length"):
        cumulative_evidence([1, 2], [1, 1], ["2020"])
    with pytest.raises(NotEstimable, match="positive"):
        cumulative_evidence([1, 2], [1, 0], ["2020", "2021"])
