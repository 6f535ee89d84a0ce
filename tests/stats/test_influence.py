"""Influence diagnostics against metafor, their definitions by refitting, and where they do not exist."""

import json
import subprocess
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from perennial.stats.errors import NotEstimable
from perennial.stats.influence import influence
from perennial.stats.meta_regression import meta_regression
from perennial.stats.random_effects import random_effects
from perennial.stats.tau2 import METHODS

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "regression.json").read_bytes())
INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
ARRAYS = (
    "residuals rstandard rstudent dffits cooks_distance covariance_ratio tau2_deleted q_deleted hat weights dfbetas"
)
SHARED_NAMES = {
    "resid": "residuals", "rstandard": "rstandard", "rstudent": "rstudent", "dffits": "dffits",
    "cook.d": "cooks_distance", "cov.r": "covariance_ratio", "tau2.del": "tau2_deleted", "QE.del": "q_deleted",
    "hat": "hat", "weight": "weights", "dfbs": "dfbetas",
}  # fmt: skip


def numbers(values):
    return np.array([value if isinstance(value, int | float) else np.nan for value in values], dtype=float)


def close(ours, theirs, name, floor=0.0):
    """Where theirs are numbers: metafor leaves out a study without which its iterations do not converge."""
    theirs = np.asarray(theirs, dtype=float).reshape(np.shape(ours))
    known = np.isfinite(theirs)
    floor += 1e-9 * abs(theirs[known]).max(initial=0.0) + 1e-13
    np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-6, atol=floor, err_msg=name)
    return int(known.sum())


def assert_agrees(name, table, answer):
    ours = influence(
        table["yi"], table["vi"], table["x"], table["tau2"], INTERVALS[table["test"]], constant=table["constant"]
    )
    for field in ARRAYS.split():
        floor = 1e-11 if field == "tau2_deleted" else 0.0  # metafor's iterations stop at steps of 1e-12
        close(getattr(ours, field), answer[field], f"{name} {field}", floor)
    known = [number for number, flag in enumerate(answer["influential"]) if flag is not None]
    assert ours.influential[known].tolist() == [answer["influential"][number] for number in known], name


INFLUENCED = [name for name, answer in COMMITTED["answers"].items() if answer.get("influence")]


@pytest.mark.parametrize("name", INFLUENCED)
def test_committed_values_of_metafor(name):
    assert_agrees(name, COMMITTED["tables"][name], COMMITTED["answers"][name]["influence"])


def test_random_tables(rscript, tmp_path):
    random, tables = np.random.default_rng(20250604), {}
    for number in range(16):
        m, scale = number % 3, 10.0 ** random.integers(-2, 3)
        k = int(random.integers(m + 3, 16))
        vi = np.exp(random.normal(0, 0.7, k)) * scale**2
        yi = random.normal(0.5 * scale, np.sqrt(vi + (random.choice([0, 0.5, 2]) * scale) ** 2))
        tables[f"table{number}"] = {
            "yi": yi.tolist(), "vi": vi.tolist(), "x": random.normal(size=(k, m)).tolist() if m else None, "new": None,
            "tau2": METHODS[number % 8], "test": [*INTERVALS][(number + number // 8) % 4], "constant": True,
            "want": ["influence"],
        }  # fmt: skip
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "regression.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    found = {name: answer["influence"] for name, answer in answers.items() if answer and answer["influence"]}
    assert len(found) > 12, "metafor answered too few to compare"
    for name, answer in found.items():
        assert_agrees(name, tables[name], answer)


def references(shared):
    """Every table, measure and estimator for which there are values of metafor's `influence`."""
    sets = json.loads((shared / "reference" / "seed.json").read_bytes())["sets"]
    for path in sorted((shared / "reference" / "tables").glob("*.json")):
        sets[path.stem] = json.loads(path.read_bytes())["results"]
    for name, results in sets.items():
        for measure, result in results.items():
            for method in ("DL", "REML"):
                detail = result.get(f"detail_{method}", {}) if isinstance(result, dict) else {}
                if "hat" in detail.get("influence", {}):
                    yi, vi = (numbers(result["effects"][key]) for key in ("yi", "vi"))
                    known = np.isfinite(yi) & np.isfinite(vi)
                    yield f"{name} {measure} {method}", yi[known], vi[known], method, detail["influence"]


def test_the_shared_reference(shared):
    compared = 0
    for name, yi, vi, method, theirs in references(shared):
        ours = influence(yi, vi, tau2=method)
        # metafor's REML stops at steps of 1e-12: seen against variances of 1e-8 to 1e-6 that is not far
        loose = 1e-12 / vi.min() if method == "REML" else 0.0
        for their_name, our_name in SHARED_NAMES.items():
            scale = 1.0 if "tau2" not in our_name else vi.min()
            compared += close(getattr(ours, our_name), numbers(theirs[their_name]), f"{name} {our_name}", loose * scale)
        assert ours.influential.tolist() == theirs["is_infl"], name
    assert compared > 20_000


@pytest.mark.parametrize("interval", ["wald", "hartung_knapp"])
@pytest.mark.parametrize("method", ["REML", "SJ", 0.2])
def test_definitions_by_fitting_again(method, interval):
    """Each diagnostic from separate fits without the study, by the formulas of Viechtbauer & Cheung 2010."""
    random = np.random.default_rng(7)
    k, p = 9, 3
    vi, x = random.uniform(0.05, 0.5, k), random.normal(size=(k, 2)) * [1, 30] + [0, 100]
    yi = random.normal(0.2, np.sqrt(vi + 0.3))
    ours, full = influence(yi, vi, x, method, interval), meta_regression(yi, vi, x, method, interval)
    design = np.column_stack([np.ones(k), x])
    for i in range(k):
        rest = np.arange(k) != i
        other = meta_regression(yi[rest], vi[rest], x[rest], method, interval)
        known = meta_regression(yi, vi, x, other.tau2, "wald")
        at, change = other.predict(x[i : i + 1]), full.coefficients - other.coefficients
        factor, v = other.variance_factor, vi[i] + other.tau2
        assert ours.tau2_deleted[i] == pytest.approx(other.tau2, rel=1e-8)
        assert ours.q_deleted[i] == pytest.approx(other.qe, rel=1e-8)
        assert ours.rstudent[i] == pytest.approx((yi[i] - at.mean[0]) / np.sqrt(factor * v + at.se[0] ** 2), rel=1e-7)
        w = 1 / (vi + full.tau2)
        hat = w[i] * design[i] @ np.linalg.inv(design.T @ (design * w[:, None])) @ design[i]
        assert ours.hat[i] == pytest.approx(hat, rel=1e-7)
        assert ours.dffits[i] == pytest.approx(design[i] @ change / np.sqrt(factor * hat * v), rel=1e-6)
        assert ours.dfbetas[i] == pytest.approx(change / (known.se * factor**0.5), rel=1e-6)
        assert ours.cooks_distance[i] == pytest.approx(change @ np.linalg.inv(full.covariance) @ change, rel=1e-5)
        ratio = np.linalg.det(other.covariance) / np.linalg.det(full.covariance)
        assert ours.covariance_ratio[i] == pytest.approx(ratio, rel=1e-6)
    assert ours.hat.sum() == pytest.approx(p)
    assert ours.weights.sum() == pytest.approx(100)
    assert ours.tau2 == full.tau2


def test_the_rule_that_marks_studies():
    """The thresholds of metafor's help page of `influence.rma.uni`, on tables that come near each of them."""
    random, marked_by = np.random.default_rng(8), np.zeros(4, dtype=int)
    for number in range(200):
        m = number % 3
        k = int(random.integers(m + 4, 15))
        vi, x = np.exp(random.normal(0, 1, k)), random.normal(size=(k, m)) if m else None
        ours = influence(random.normal(0, np.sqrt(vi + 1)), vi, x, "DL")
        p = m + 1
        marks = np.array([
            abs(ours.dffits) > 3 * np.sqrt(p / (k - p)),
            chi2.cdf(ours.cooks_distance, p) > 0.5,
            ours.hat > 3 * p / k,
            (abs(ours.dfbetas) > 1).any(1),
        ])  # fmt: skip
        assert ours.influential.tolist() == marks.any(0).tolist()
        marked_by += (marks & (marks.sum(0) == 1)).sum(1)
    assert (marked_by[[1, 2, 3]] > 0).all(), "each rule is the only one to mark some study"


def test_blocks_do_not_change_the_result(monkeypatch):
    random = np.random.default_rng(2)
    vi, x = random.uniform(0.1, 1, 23), random.normal(size=23)
    yi = random.normal(0, np.sqrt(vi + 0.2))
    whole = influence(yi, vi, x)
    monkeypatch.setattr(import_module("perennial.stats.influence"), "CELLS", 100)
    parts = influence(yi, vi, x)
    for field in ARRAYS.split():
        np.testing.assert_allclose(getattr(parts, field), getattr(whole, field), rtol=1e-9)


def test_a_thousand_studies_agree_with_single_fits():
    random = np.random.default_rng(3)
    vi = random.uniform(0.1, 1, 1000)
    yi = random.normal(0, np.sqrt(vi + 0.2))
    ours = influence(yi, vi)
    for i in (0, 499, 999):
        other = random_effects(np.delete(yi, i), np.delete(vi, i))
        assert ours.tau2_deleted[i] == pytest.approx(other.tau2, rel=1e-9)
        assert ours.q_deleted[i] == pytest.approx(other.heterogeneity.q, rel=1e-9)


def test_a_study_that_cannot_be_left_out():
    """The only study of its group: its own row is not defined and said so, the others are."""
    yi, vi = [0.1, 0.4, -0.2, 0.3, 0.9, 0.2], [0.1] * 6
    ours = influence(yi, vi, [0, 0, 0, 0, 0, 1])
    assert ours.hat[5] == 1
    for values in (
        ours.rstudent,
        ours.rstandard,
        ours.dffits,
        ours.cooks_distance,
        ours.tau2_deleted,
        ours.dfbetas[:, 0],
    ):
        assert np.isnan(values[5])
        assert np.isfinite(values[:5]).all()
    assert ours.influential[5] == (1 > 3 * 2 / 6)
    assert "study 6" in ours.warnings[0]
    assert ours.to_dict()["rstudent"][5] is None


def test_what_is_left_lies_on_the_line():
    """Without study 3 the others are equal: no standard error by Hartung-Knapp, but by the normal model."""
    yi, vi = [0.2, 0.2, 0.9, 0.2], [0.1, 0.2, 0.1, 0.3]
    knapp, wald = influence(yi, vi, interval="hartung_knapp"), influence(yi, vi)
    assert np.flatnonzero(np.isnan(knapp.rstudent)).tolist() == [2] or knapp.covariance_ratio[2] == 0
    assert "study 3" in knapp.warnings[0]
    assert not wald.warnings


def test_estimates_that_are_all_equal():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = influence([0.3] * 5, [0.1, 0.2, 0.3, 0.4, 0.5])
    for values in (ours.residuals, ours.rstandard, ours.rstudent, ours.dffits, ours.cooks_distance, ours.q_deleted):
        assert (values == 0).all()
    assert not ours.influential.any()
    with pytest.raises(NotEstimable, match="zero"):
        influence([0.3] * 5, [0.1] * 5, interval="hartung_knapp")


def test_estimates_on_a_line():
    x = np.array([1.0, 2.0, 4.0, 7.0, 9.0])
    ours = influence(0.1 + 0.1 * x, [0.1] * 5, x)
    for values in (ours.residuals, ours.rstandard, ours.rstudent):
        assert (values == 0).all()


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_scale_does_not_matter(scale):
    random = np.random.default_rng(6)
    vi = random.uniform(0.1, 1, 8)
    yi = random.normal(0, np.sqrt(vi + 0.4))
    before, after = influence(yi, vi), influence(yi * scale, vi * scale**2)
    for field in ("rstandard", "rstudent", "dffits", "cooks_distance", "covariance_ratio", "q_deleted", "dfbetas"):
        assert getattr(after, field) == pytest.approx(getattr(before, field), rel=1e-6)
    assert after.tau2_deleted == pytest.approx(before.tau2_deleted * scale**2, rel=1e-6)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_too_few_studies(k):
    with pytest.raises(NotEstimable):
        influence([0.1, 0.5][:k], [0.1, 0.2][:k])


def test_too_few_studies_for_a_line():
    with pytest.raises(NotEstimable, match="needs 4 studies or more, got 3"):
        influence([0.1, 0.5, 0.2], [0.1, 0.2, 0.1], [1, 2, 4])


def test_it_prints():
    ours = influence([0.1, 0.2, 0.15, 3.0, 0.3, 0.1], [0.05] * 6)
    assert "influential: 4" in str(ours)
    assert "study 4" in str(ours)
    assert json.loads(json.dumps(ours.to_dict()))["influential"][3] is True
