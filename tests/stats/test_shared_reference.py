"""The models of the review against the reference values in ../shared, where that folder is."""

import json

import pytest

from perennial.stats.pooling import BinomialNormalModel, InverseVariance, pool_proportions
from perennial.stats.random_effects import random_effects
from perennial.stats.sensitivity import leave_one_out

AS_PUBLISHED = InverseVariance("freeman_tukey", "DL", "wald")
LOGIT = InverseVariance("logit", "REML", "hartung_knapp")
SETS = ["mono_ORR", "mono_CR", "combo_ORR", "combo_CR", "naive_ORR", "naive_CR", "all_ORR", "all_CR"]
EDGES = ["edge_p_k2", "edge_p_zero_one_mix", "edge_p_ft_oob_low", "edge_p_allzero", "dat.debruin2009", "dat.pritz1997"]
ARMS = ["dat.bcg.armT", "dat.bcg.armC", "dat.egger2001.armT", "dat.nielweise2007.armT"]


def assert_agrees(ours, reference, close, q="QE"):
    theirs = reference["est"], reference["est_lb"], reference["est_ub"]
    assert (ours.estimate, ours.ci_low, ours.ci_high) == pytest.approx(theirs, abs=close)
    assert ours.tau2 == pytest.approx(reference["tau2"], rel=max(close, 1e-6), abs=1e-8)
    assert ours.q == pytest.approx(reference[q], rel=1e-6, abs=1e-8)


@pytest.fixture(scope="module")
def seed(shared):
    return json.loads((shared / "reference" / "seed.json").read_bytes())["sets"]


@pytest.mark.parametrize("name", SETS)
def test_sets_of_the_published_review(seed, name):
    reference = seed[name]
    events, n = reference["data"]["events"], reference["data"]["n"]
    assert_agrees(pool_proportions(events, n, AS_PUBLISHED), reference["PFT"]["grid"]["DL_z"], 1e-9)
    assert_agrees(pool_proportions(events, n, LOGIT), reference["PLO"]["grid"]["REML_knha"], 1e-7)
    for interval, key in [("t", "ML_nAGQ7_t"), ("wald", "ML_nAGQ7_z")]:
        ours = pool_proportions(events, n, BinomialNormalModel(7, interval))
        assert_agrees(ours, reference["glmm"][key], 1e-4, q="QE_LRT")


@pytest.mark.parametrize("name", SETS)
def test_leave_one_out_uses_the_studies_that_stay(seed, name):
    reference, table = seed[name]["PFT"]["detail_DL"]["leave1out"], seed[name]["data"]
    ours = leave_one_out(table["events"], table["n"], AS_PUBLISHED)
    assert [run.estimate for run in ours] == pytest.approx(reference["est_subN"], abs=1e-9)
    assert [run.ci_low for run in ours] == pytest.approx(reference["est_subN_lb"], abs=1e-9)
    assert [run.ci_high for run in ours] == pytest.approx(reference["est_subN_ub"], abs=1e-9)
    assert [run.tau2 for run in ours] == pytest.approx(reference["tau2"], abs=1e-9)


@pytest.mark.parametrize("name", ["edge_y_multimodal", "edge_y_fisherfail1", "edge_y_tinyscale", "edge_y_identical"])
def test_hard_cases_of_restricted_likelihood(shared, name):
    """Several maxima, diverging scoring, variances of 1e-12, no heterogeneity at all."""
    table = json.loads((shared / "reference" / "tables" / f"{name}.json").read_bytes())
    reference = table["results"]["GEN"]["grid"]["REML_z"]
    ours = random_effects(table["data"]["yi"], table["data"]["vi"], "REML")
    assert ours.tau2 == pytest.approx(reference["tau2"], rel=1e-6, abs=1e-6 * min(table["data"]["vi"]))
    assert (ours.ci_low, ours.ci_high) == pytest.approx((reference["ci_lb"][0], reference["ci_ub"][0]), rel=1e-6)


@pytest.mark.parametrize("name", EDGES + ARMS)
def test_other_tables(shared, name):
    reference = json.loads((shared / "reference" / "tables" / f"{name}.json").read_bytes())
    events, n = reference["data"]["events"], reference["data"]["n"]
    assert_agrees(pool_proportions(events, n, AS_PUBLISHED), reference["results"]["PFT"]["grid"]["DL_z"], 1e-9)
    adhoc = pool_proportions(events, n, LOGIT).safeguarded
    if adhoc:
        theirs = reference["results"]["PLO"]["grid"]["REML_adhoc"]
        assert (adhoc.ci_low, adhoc.ci_high) == pytest.approx((theirs["est_lb"], theirs["est_ub"]), abs=1e-7)
    if "error" not in reference["results"]["PLO"]["grid"]["REML_knha"]:
        assert_agrees(pool_proportions(events, n, LOGIT), reference["results"]["PLO"]["grid"]["REML_knha"], 1e-6)
