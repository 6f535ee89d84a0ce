"""Meta-regression against metafor, a published analysis, closed forms, and where it must refuse.

`oracle/regression.json` holds metafor's answers (`oracle/regression.R` says how they are made again). metafor 3.8.1
centres the estimates before it computes tau2 and Q also where a model has no constant, which changes both; models without
one are therefore compared where the moderators are the groups, whose sum is the constant, and otherwise to a closed form.
"""

import json
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats.errors import NotEstimable
from perennial.stats.meta_regression import meta_regression
from perennial.stats.random_effects import random_effects
from perennial.stats.tau2 import METHODS

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "regression.json").read_bytes())
FITTED = [name for name, answer in COMMITTED["answers"].items() if "fit" in answer]
INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
FIELDS = [
    "coefficients",
    "se",
    "statistic",
    "p",
    "ci_low",
    "ci_high",
    "covariance",
    "variance_factor",
    "qm",
    "qm_p",
    "qe",
    "qe_p",
    "weights",
    "tau2",
    "i2_tau2",
    "h2_tau2",
]
PREDICTED = ("mean", "se", "ci_low", "ci_high", "pi_low", "pi_high")

# BCG vaccine: Colditz et al 1994, JAMA 271:698, as in Berkey et al 1995, Stat Med 14:395, table I: cases and numbers
# without disease among the vaccinated and the others, absolute latitude, and the year of publication
BCG = np.array([
    [4, 119, 11, 128, 44, 1948], [6, 300, 29, 274, 55, 1949], [3, 228, 11, 209, 42, 1960],
    [62, 13536, 248, 12619, 52, 1977], [33, 5036, 47, 5761, 13, 1973], [180, 1361, 372, 1079, 44, 1953],
    [8, 2537, 10, 619, 19, 1973], [505, 87886, 499, 87892, 13, 1980], [29, 7470, 45, 7232, 27, 1968],
    [17, 1699, 65, 1600, 42, 1961], [186, 50448, 141, 27197, 18, 1974], [5, 2493, 3, 2338, 33, 1969],
    [27, 16886, 29, 17825, 33, 1976],
])  # fmt: skip


def close(ours, theirs, name):
    theirs = np.asarray(theirs, dtype=float)
    floor = 1e-9 * abs(theirs).max(initial=0.0) + 1e-11  # metafor leaves a tau2 that is zero at some 1e-13
    np.testing.assert_allclose(ours, theirs.reshape(np.shape(ours)), rtol=1e-6, atol=floor, err_msg=name)


def fit(table, **changed):
    settings = {"tau2": table["tau2"], "interval": INTERVALS[table["test"]], "constant": table["constant"]} | changed
    return meta_regression(table["yi"], table["vi"], table["x"], **settings)


def assert_agrees(name, table, answer):
    ours = fit(table)
    for field in FIELDS:
        close(getattr(ours, field), answer[field], f"{name} {field}")
    if answer["r2"] is not None and isinstance(table["tau2"], str) and ours.tau2 > 1e-9 * max(table["vi"]):
        close(ours.r2, answer["r2"], f"{name} r2")
    for field in PREDICTED:
        close(getattr(ours.predict(table["new"]), field), answer["prediction"][field], f"{name} predicted {field}")
    if ours.df and isinstance(table["tau2"], str):
        riley = ours.predict(table["new"], "t_k-p-1")
        close(riley.pi_low, answer["prediction"]["riley_low"], f"{name} riley")
        close(riley.pi_high, answer["prediction"]["riley_high"], f"{name} riley")


@pytest.mark.parametrize("name", FITTED)
def test_committed_values_of_metafor(name):
    assert_agrees(name, COMMITTED["tables"][name], COMMITTED["answers"][name]["fit"])


def test_random_tables(rscript, tmp_path):
    """All estimators, tests and scales, one to three moderators, groups with and without a constant."""
    random, tables = np.random.default_rng(20250603), {}
    for number in range(48):
        m, scale = int(random.integers(1, 4)), 10.0 ** random.integers(-2, 3)
        k = int(random.integers(m + 4, 25))
        vi = np.exp(random.normal(0, random.choice([0.3, 1]), k)) * scale**2
        x = random.normal(size=(k, m)) * 10.0 ** random.integers(-1, 3, m) + random.choice([0, 10], m)
        constant = number % 5 > 0
        if not constant:
            x = (np.arange(k)[:, None] % max(2, m) == np.arange(max(2, m))).astype(float)
        yi = random.normal(random.normal(), np.sqrt(vi + (random.choice([0, 0.5, 2]) * scale) ** 2))
        tables[f"table{number}"] = {
            "yi": yi.tolist(), "vi": vi.tolist(), "x": x.tolist(), "new": x[:2].tolist(), "constant": constant,
            "tau2": METHODS[number % 8] if number % 11 else scale**2 / 2, "test": [*INTERVALS][(number + number // 8) % 4],
            "want": ["fit"],
        }  # fmt: skip
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "regression.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    fitted = {name: answer["fit"] for name, answer in answers.items() if answer and answer["fit"]}
    assert len(fitted) > 40, "metafor fitted too few to compare"
    for name, answer in fitted.items():
        assert_agrees(name, tables[name], answer)


def test_the_reference_of_subgroups_with_common_tau2(shared):
    seed = json.loads((shared / "reference" / "seed.json").read_bytes())["sets"]
    compared = 0
    for table in seed.values():
        for measure in table.values():
            for method in ("DL", "REML"):
                theirs = measure.get(f"detail_{method}", {}).get("subgroup") if isinstance(measure, dict) else None
                if not theirs:
                    continue
                groups, effects = table["data"]["group"], measure["effects"]
                others = list(dict.fromkeys(groups))[1:]
                x = [[float(group == other) for other in others] for group in groups]
                ours = meta_regression(effects["yi"], effects["vi"], x, method, "wald")
                theirs, names = theirs["common_tau2"], {"b": "coefficients", "pval": "p", "ci_lb": "ci_low"}
                names |= {
                    "se": "se",
                    "tau2": "tau2",
                    "I2": "i2_tau2",
                    "QE": "qe",
                    "QM": "qm",
                    "QM_p": "qm_p",
                    "R2": "r2",
                }
                for their_name, our_name in names.items():
                    close(getattr(ours, our_name), theirs[their_name], our_name)
                compared += 1
    assert compared > 10


def bcg():
    a, b, c, d = BCG[:, :4].T.astype(float)
    return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def test_the_published_analysis_of_the_bcg_trials():
    """van Houwelingen et al 2002, Stat Med 21:589, section 5: log odds ratio on latitude, maximum likelihood."""
    a, b, c, d = BCG[:, :4].T.astype(float)
    ours = meta_regression(np.log(a * d / b / c), 1 / a + 1 / b + 1 / c + 1 / d, BCG[:, 4], "ML", "wald")
    assert ours.coefficients == pytest.approx([0.371, -0.0327], abs=5e-4)
    assert ours.se == pytest.approx([0.106, 0.0034], abs=5e-4)
    assert ours.tau2 == pytest.approx(0.0040, abs=5e-5)


def test_the_analysis_of_latitude_and_year():
    """Viechtbauer 2010, J Stat Softw 36(3): metafor's own example, with the digits of its default tolerance."""
    ours = meta_regression(*bcg(), BCG[:, 4:], interval="wald", names=["latitude", "year"])
    assert ours.names == ("constant", "latitude", "year")
    assert ours.coefficients == pytest.approx([-3.5455, -0.0280, 0.0019], abs=2e-4)
    assert ours.se == pytest.approx([29.0959, 0.0102, 0.0147], abs=4e-4)
    assert ours.p == pytest.approx([0.9030, 0.0062, 0.8966], abs=1e-4)
    assert (ours.tau2, ours.i2_tau2, ours.h2_tau2) == pytest.approx((0.1108, 71.98, 3.57), abs=5e-3)
    assert (ours.qe, ours.qe_df, ours.qe_p) == pytest.approx((28.3251, 10, 0.0016), abs=1e-4)
    assert (ours.qm, ours.qm_df, ours.qm_p) == (
        pytest.approx(12.2043, abs=5e-4),
        (2, None),
        pytest.approx(0.0022, abs=1e-4),
    )


def test_predictions_of_the_bcg_trials():
    """The same paper: risk ratios at 10 to 60 degrees in 1970, with confidence and prediction intervals."""
    ours = meta_regression(*bcg(), BCG[:, 4:], interval="wald").predict([[10 * i, 1970] for i in range(1, 7)])
    assert np.exp(ours.mean) == pytest.approx([0.9345, 0.7062, 0.5337, 0.4033, 0.3048, 0.2303], abs=1e-4)
    assert np.exp(ours.ci_low) == pytest.approx([0.5833, 0.5149, 0.4196, 0.2956, 0.1916, 0.1209], abs=1e-4)
    assert np.exp(ours.ci_high) == pytest.approx([1.4973, 0.9686, 0.6789, 0.5502, 0.4848, 0.4386], abs=1e-4)
    assert np.exp(ours.pi_low) == pytest.approx([0.4179, 0.3421, 0.2663, 0.1958, 0.1369, 0.0921], abs=1e-4)
    assert np.exp(ours.pi_high) == pytest.approx([2.0899, 1.4579, 1.0697, 0.8306, 0.6787, 0.5761], abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_groups_without_a_constant_have_their_own_means(method):
    """With the tau2 of the regression, each coefficient is the pooled mean of its group."""
    yi, vi = bcg()
    first = BCG[:, 4] > 30
    ours = meta_regression(yi, vi, np.column_stack([first, ~first]), method, "wald", constant=False)
    alone = [random_effects(yi[group], vi[group], ours.tau2) for group in (first, ~first)]
    assert ours.coefficients == pytest.approx([each.mean for each in alone], rel=1e-12)
    assert ours.se == pytest.approx([each.se for each in alone], rel=1e-12)
    assert ours.r2 is None
    assert ours.qm == pytest.approx(sum((each.mean / each.se) ** 2 for each in alone))


def test_a_line_through_the_origin():
    """One moderator and no constant: b = sum(wxy)/sum(wx2), Q about it, DL's tau2 from its expectation."""
    yi, vi, x = np.array([0.3, 1.1, 1.2, 2.6]), np.array([0.1, 0.1, 0.2, 0.4]), np.array([1.0, 2.0, 3.0, 4.0])
    w = 1 / vi
    slope = (w * x * yi).sum() / (w * x * x).sum()
    q, trace = (w * (yi - slope * x) ** 2).sum(), w.sum() - (w**2 * x * x).sum() / (w * x * x).sum()
    ours = meta_regression(yi, vi, x, "DL", "wald", constant=False)
    assert ours.qe == pytest.approx(q)
    assert ours.tau2 == pytest.approx(max(0, (q - 3) / trace))
    w = 1 / (vi + ours.tau2)
    assert ours.coefficients == pytest.approx([(w * x * yi).sum() / (w * x * x).sum()])
    assert ours.predict([0.0]).mean == pytest.approx([0.0])


@settings(max_examples=40)
@given(
    st.integers(0, 10**6), st.sampled_from(METHODS), st.sampled_from([*INTERVALS.values()]),
    st.floats(-6, 6), st.floats(-3, 3), st.floats(-3, 3),
)  # fmt: skip
def test_units_do_not_matter(seed, method, interval, magnitude, offset, tilt):
    """Other units of the estimates, another zero, and a slope added change what they must and no more."""
    random = np.random.default_rng(seed)
    k, unit = 9, 10.0**magnitude
    vi, x = random.uniform(0.05, 1, k), random.normal(size=(k, 2))
    yi = random.normal(0, np.sqrt(vi + 0.3))
    if method == "SJ":
        tilt = 0.0  # it starts from the variance of the estimates about their mean
    before = meta_regression(yi, vi, x, method, interval)
    moved = (yi + offset + tilt * x[:, 0]) * unit
    after = meta_regression(moved, vi * unit**2, np.column_stack([x[:, 0] * 100 + 2000, x[:, 1]]), method, interval)
    assert after.tau2 == pytest.approx(before.tau2 * unit**2, rel=1e-6, abs=1e-12 * unit**2)
    slope = (before.coefficients[1] + tilt) * unit / 100
    assert after.coefficients[1] == pytest.approx(slope, rel=1e-6, abs=1e-8 * unit)
    assert after.p[2] == pytest.approx(before.p[2], rel=1e-5)
    assert after.predict([[2000.0, 0.0]]).mean == pytest.approx(
        [(before.coefficients[0] + offset) * unit], rel=1e-6, abs=1e-8 * unit
    )


def test_digits_survive_far_from_zero():
    """Estimates near 10^6 with a scatter of 10^-3, and years that are squared."""
    random = np.random.default_rng(4)
    years = np.arange(1990.0, 2020.0)
    vi, yi = np.full(30, 1e-6), random.normal(0, 2e-3, 30).round(9)
    near, far = (meta_regression(yi + shift, vi, (years - origin) / 10) for shift, origin in ((0, 2005), (2.0**20, 0)))
    assert far.coefficients[1] == pytest.approx(near.coefficients[1], rel=1e-5)
    assert far.tau2 == pytest.approx(near.tau2, rel=1e-5)
    squared = meta_regression(yi, vi, np.column_stack([years, years**2]))
    centred = meta_regression(yi, vi, np.column_stack([years - 2005, (years - 2005) ** 2]))
    assert squared.qm == pytest.approx(centred.qm, rel=1e-6)
    assert squared.p[2] == pytest.approx(centred.p[2], rel=1e-6)


def test_ten_thousand_studies_take_no_matrix_of_studies_by_studies():
    random = np.random.default_rng(5)
    vi, x = random.uniform(0.1, 1, 10_000), random.normal(size=(10_000, 3))
    yi = x @ [0.5, 0, -0.5] + random.normal(0, np.sqrt(vi + 0.2))
    tracemalloc.start()
    ours = meta_regression(yi, vi, x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert ours.coefficients == pytest.approx([0, 0.5, 0, -0.5], abs=0.05)


def test_a_given_tau2():
    yi, vi = bcg()
    estimated = meta_regression(yi, vi, BCG[:, 4], "DL")
    given_same = meta_regression(yi, vi, BCG[:, 4], estimated.tau2)
    assert given_same.p == pytest.approx(estimated.p, rel=1e-12)
    assert given_same.r2 is None
    assert (estimated.method, given_same.method) == ("DL", "known")
    assert meta_regression(yi, vi, BCG[:, 4], 0).i2_tau2 == 0


def test_warnings():
    yi, vi = bcg()
    few = meta_regression(yi, vi, BCG[:, 4:])
    assert "13 studies for 2 moderators: fewer than ten" in few.warnings[0]
    assert not meta_regression(yi, vi, BCG[:, 4], "DL", "wald").warnings
    random = np.random.default_rng(2)
    for k, warned in ((19, True), (20, False)):
        ours = meta_regression(random.normal(size=k), np.full(k, 0.1), random.normal(size=(k, 2)), interval="t")
        assert bool(ours.warnings) == warned
    narrow = meta_regression([0.1, 0.2, 0.31, 0.4], [1.0] * 4, [1, 2, 3, 4])
    assert any("below the Wald" in warning for warning in narrow.warnings)
    assert (
        narrow.se[1]
        < meta_regression([0.1, 0.2, 0.31, 0.4], [1.0] * 4, [1, 2, 3, 4], interval="hartung_knapp_adhoc").se[1]
    )
    assert "tau2 is 0" in narrow.predict([2.5]).warnings[0]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1, 2], [2, 4], [3, 6], [4, 8], [5, 10]], "collinear"),
        ([[1, 0], [0, 1], [1, 0], [0, 1], [1, 0]], "collinear"),
        ([3, 3, 3, 3, 3], "does not vary"),
        ([[0], [0], [0], [0], [0]], "does not vary"),
        ([0.1, 0.1, 0.1, 0.1, 0.1], "does not vary"),
        ([1, 2, 3, 4, np.nan], "must be finite"),
        (np.arange(20).reshape(5, 4) ** 2, "collinear"),
        (np.random.default_rng(1).normal(size=(5, 4)), "need 6 studies or more, got 5"),
    ],
)
def test_what_cannot_be_estimated(x, message):
    with pytest.raises(NotEstimable, match=message):
        meta_regression([0.1, 0.4, 0.2, 0.5, 0.3], [0.1] * 5, x)


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_estimates_on_a_line(offset):
    x = np.array([1.0, 2.0, 4.0, 7.0])
    yi = offset + 0.1 * x
    with pytest.raises(NotEstimable, match="exactly on the line"):
        meta_regression(yi, [0.1] * 4, x)
    ours = meta_regression(yi, [0.1] * 4, x, interval="hartung_knapp_adhoc")
    assert ours.coefficients == pytest.approx([offset, 0.1])
    assert (ours.variance_factor, ours.tau2, ours.i2, ours.r2) == (1, 0, 0, 0)


@pytest.mark.parametrize("studies", [0, 1, 2])
def test_too_few_studies(studies):
    with pytest.raises(NotEstimable):
        meta_regression([0.1, 0.2][:studies], [0.1, 0.2][:studies], [1, 2][:studies])


def test_arguments():
    yi, vi, x = [0.1, 0.4, 0.2, 0.5], [0.1] * 4, [1, 2, 3, 5]
    with pytest.raises(NotEstimable, match="positive"):
        meta_regression(yi, [0.1, 0.1, 0, 0.1], x)
    for wrong in (
        {"x": [1, 2, 3]}, {"x": np.empty((4, 0))}, {"interval": "z"}, {"tau2": "XX"}, {"tau2": -1.0}, {"level": 95},
        {"names": ["a", "b"]},
    ):  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011
            meta_regression(**{"yi": yi, "vi": vi, "x": x} | wrong)
    ours = meta_regression(yi, vi, x)
    for wrong in ({"x": [[1, 2]]}, {"x": [np.nan]}, {"x": [1.0], "convention": "t"}, {"x": [1.0], "level": 95}):
        with pytest.raises(ValueError):  # noqa: PT011
            ours.predict(**wrong)
    with pytest.raises(NotEstimable, match="no degree of freedom"):
        meta_regression(yi[:3], vi[:3], x[:3]).predict([1.0], "t_k-p-1")


def test_it_prints_and_serialises():
    ours = meta_regression(*bcg(), BCG[:, 4:], names=["latitude", "year"])
    assert "latitude: -0.02" in str(ours)
    assert "REML" in str(ours)
    assert json.loads(json.dumps(ours.to_dict()))["names"] == ["constant", "latitude", "year"]
    assert json.loads(json.dumps(ours.predict([[30, 1970]]).to_dict()))["pi_df"] == 10
