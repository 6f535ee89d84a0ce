"""Pooling, Egger's test, exact intervals and group differences against metafor.

`oracle/proportions.json` holds metafor's answers; `Rscript oracle/proportions.R oracle/proportions.json` makes them
again. Where R is installed the same script answers for random tables too.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import fit_binomial_normal, log_likelihood
from perennial.stats.pooling import BinomialNormalModel, InverseVariance, pool_proportions
from perennial.stats.proportions import FreemanTukey, clopper_pearson
from perennial.stats.random_effects import random_effects
from perennial.stats.subgroups import subgroup_difference

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "proportions.json").read_bytes())

MODELS = {
    "as_published": InverseVariance("freeman_tukey", "DL", "wald"),
    "recommended": BinomialNormalModel(7, "t"),
    "glmm_z": BinomialNormalModel(7, "wald"),
    "logit_reml_hk": InverseVariance("logit", "REML", "hartung_knapp"),
}
CLOSE = {"as_published": 1e-8, "logit_reml_hk": 1e-6, "recommended": 1e-4, "glmm_z": 1e-4}


def assert_models_agree(table: dict, answers: dict) -> None:
    for name, model in MODELS.items():
        answer = answers[name]
        if answer is None:
            continue
        ours = pool_proportions(table["events"], table["n"], model)
        for field in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "q", "q_p", "weights"):
            if field in answer:
                close = pytest.approx(answer[field], rel=CLOSE[name], abs=CLOSE[name])
                assert getattr(ours, field) == close, (name, field)
        # metafor leaves a tau2 that is zero at some 1e-13, lme4 stops where the likelihood is flat to it
        near_zero = 1e-8 if name in ("as_published", "logit_reml_hk") else 1e-5
        assert ours.tau2 == pytest.approx(answer["tau2"], rel=max(CLOSE[name], 1e-6), abs=near_zero), (name, "tau2")
        if isinstance(model, BinomialNormalModel):
            counts = table["events"], table["n"]
            theirs = log_likelihood(*counts, answer["mean"], answer["tau2"] ** 0.5)
            assert fit_binomial_normal(*counts).log_likelihood >= theirs - 1e-9, "a higher maximum was missed"
        assert ours.i2_tau2 == pytest.approx(answer["i2_tau2"], rel=100 * CLOSE[name], abs=0.1), (name, "i2_tau2")


@pytest.mark.parametrize("name", COMMITTED["tables"])
def test_models(name):
    assert_models_agree(COMMITTED["tables"][name], COMMITTED["answers"][name])


@pytest.mark.parametrize("name", COMMITTED["tables"])
def test_exact_intervals(name):
    table, answer = COMMITTED["tables"][name], COMMITTED["answers"][name]["exact"]
    low, high = clopper_pearson(table["events"], table["n"])
    assert low == pytest.approx(answer["ci_low"], abs=1e-10)
    assert high == pytest.approx(answer["ci_high"], abs=1e-10)


@pytest.mark.parametrize("name", [name for name, answer in COMMITTED["answers"].items() if answer["egger"]])
def test_egger(name):
    table, answer = COMMITTED["tables"][name], COMMITTED["answers"][name]["egger"]
    if answer["p"] is None:
        with pytest.raises(NotEstimable):
            egger(*funnel_coordinates(table["events"], table["n"]))
        return
    ours = egger(*funnel_coordinates(table["events"], table["n"]))
    assert (ours.t, ours.p, ours.limit) == pytest.approx((answer["t"], answer["p"], answer["limit"]), rel=1e-8)


@pytest.mark.parametrize("name", [name for name, table in COMMITTED["tables"].items() if len(table["n"]) >= 4])
def test_subgroup_difference(name):
    """The first half of the studies against the second."""
    table, answer = COMMITTED["tables"][name], COMMITTED["answers"][name]["difference"]
    half = len(table["n"]) // 2
    yi, vi = FreemanTukey().effects(table["events"], table["n"])
    fits = [random_effects(yi[part], vi[part], "DL") for part in (slice(None, half), slice(half, None))]
    ours = subgroup_difference([fit.mean for fit in fits], [fit.se for fit in fits])
    assert (ours.estimate, ours.q, ours.q_p) == pytest.approx(
        (answer["estimate"], answer["q"], answer["q_p"]), rel=1e-8
    )


def test_random_tables(rscript, tmp_path):
    """Sixty tables of 2 to 25 studies, rare, common and far apart, with zero and full cells."""
    random, tables = np.random.default_rng(20250520), {}
    for number in range(60):
        k = int(random.integers(2, 26))
        n = random.integers(5, 400, k)
        centre, spread = random.uniform(-3.5, 2.5), random.choice([0, 0.3, 1.0])
        events = random.binomial(n, 1 / (1 + np.exp(-random.normal(centre, spread, k))))
        tables[f"table{number}"] = {"events": events.tolist(), "n": n.tolist()}
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "proportions.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    for name, table in tables.items():
        assert_models_agree(table, answers[name])
