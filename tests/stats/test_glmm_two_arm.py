"""Models of 2x2 tables against metafor, a plain Laplace likelihood in R, scipy's distribution and brute force.

`oracle/glmm.json` holds the answers of `oracle/glmm.R`, with tolerances tighter than metafor's default. What it still
does not give exactly is listed in `LOOSE`; the tests below it say who is right.
"""

import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import fit_binomial_normal
from perennial.stats.glmm_two_arm import MODELS, fit_two_arm
from perennial.stats.noncentral_hypergeometric import ConditionalTables
from perennial.stats.quadrature import BinomialArms, MixedModel

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "glmm.json").read_bytes())
TABLES = COMMITTED["tables"]
BCG = TABLES["bcg"]

CLOSE = 1e-4
LOOSE = {
    # lme4's finite differences of a Laplace likelihood that it knows to 1e-10 only
    "UM.RS": {"se": 3e-3, "q_wald": 5e-3},
    # numDeriv's Hessian of a likelihood integrated numerically; saturated estimates from a search of k+1 parameters
    "CM.EL": {"se": 1e-3, "q_wald": 2e-1},
    "Laplace": {"se": 2e-3},
}


def counts(table: dict) -> tuple:
    return table["ai"], table["n1i"], table["ci"], table["n2i"]


def ours_like(table: dict, name: str) -> dict:
    model, points = name.rsplit(".", 1)
    effects = "common" if points == "EE" else "random"
    points = 1 if model == "UM.RS" or points == "EE" else int(points)
    if model == "PLO":
        fit = fit_binomial_normal(table["ai"], table["n1i"], points, effects)
        found = fit.heterogeneity
        return {
            **{field: getattr(fit, field) for field in ("k", "mean", "se", "ci_low", "ci_high", "tau2", "q_wald")},
            "ll": fit.conditional_log_likelihood,
            "q_lrt": found.q,
            "i2": found.i2_tau2,
        }
    fit, by_t = (fit_two_arm(*counts(table), model, points, effects, interval) for interval in ("wald", "t"))
    marginal = model in ("UM.RS", "CM.EL")
    return fit.to_dict() | {
        "i2": fit.i2_tau2,
        "h2": fit.h2_tau2,
        "ll": fit.log_likelihood if marginal else fit.conditional_log_likelihood,
        "t_low": by_t.ci_low,
        "t_high": by_t.ci_high,
    }


def assert_agrees(table: dict, name: str, answer: dict, label: str) -> None:
    ours = ours_like(table, name)
    model, points = name.rsplit(".", 1)
    if model == "CM.EL" and answer["tau2"] > 0 and ours["tau2"] == 0:
        # metafor searches log(tau2): it stops somewhere on the flat way to zero, and its standard error is no number.
        assert answer["tau2"] < 1e-3 and ours["ll"] >= answer["ll"] - 1e-9
        assert ours["mean"] == pytest.approx(answer["mean"], rel=1e-3)
        return
    loose = (LOOSE["Laplace"] if points == "1" else {}) | LOOSE.get(model, {})
    scale = max(1.0, abs(answer["mean"]) / answer["se"])
    for field, theirs in answer.items():
        if theirs is None or theirs == {} or field not in ours or ours[field] is None:
            continue
        if field == "p" or field.endswith("_p"):
            continue  # functions of what is compared here
        close = max(CLOSE, loose.get("se" if field in ("ci_low", "ci_high", "t_low", "t_high") else field, 0))
        expected = pytest.approx(theirs, rel=close, abs=close * answer["se"] * scale if "_" in field else 1e-5)
        assert ours[field] == expected, (label, name, field)


CASES = [(table, name) for table, answers in COMMITTED["answers"].items() for name in answers if name != "laplace"]


@pytest.mark.parametrize(("table", "name"), CASES)
def test_metafor(table, name):
    answer = COMMITTED["answers"][table][name]
    if not answer:
        assert math.isfinite(ours_like(TABLES[table], name)["se"])  # metafor's optimiser gave up
        return
    assert_agrees(TABLES[table], name, answer, table)


def test_random_tables(rscript, tmp_path):
    """Two tables, of common and of rare events, without the exact model, which takes metafor minutes."""
    random, tables = np.random.default_rng(11), {}
    for number, (k, base, tau) in enumerate([(5, -0.5, 0.6), (10, -3.0, 0.8)]):
        n = random.integers(20, 200, (2, k))
        level, lean = random.normal(base, 0.5, k), random.normal(0, tau, k) / 2
        events = [
            random.binomial(size, 1 / (1 + np.exp(-logit)))
            for size, logit in zip(n, (level + 0.3 + lean, level - lean), strict=True)
        ]
        cells = dict(zip(("ai", "n1i", "ci", "n2i"), (events[0], n[0], events[1], n[1]), strict=True))
        tables[f"table{number}"] = {name: values.tolist() for name, values in cells.items()} | {"exact": False}
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "glmm.R"), str(tmp_path / "tables.json")]
    done = subprocess.run(command, capture_output=True, check=True)
    compared = 0
    for label, answers in json.loads(done.stdout)["answers"].items():
        for name, answer in answers.items():
            if answer:
                assert_agrees(tables[label], name, answer, label)
                compared += 1
    assert compared > 16


@pytest.mark.parametrize("name", [name for name in TABLES if "laplace" in COMMITTED["answers"][name]])
def test_laplace_by_plain_r(name):
    """Estimates by nlminb and information by numDeriv of a Laplace likelihood written out in R."""
    theirs = COMMITTED["answers"][name]["laplace"]
    ours = fit_two_arm(*counts(TABLES[name]), "UM.RS", 1)
    assert ours.log_likelihood == pytest.approx(theirs["ll"], abs=1e-8)
    for field in ("mean", "se", "tau2", "sigma2", "q_wald"):
        assert getattr(ours, field) == pytest.approx(theirs[field], rel=1e-5), field


def fisher(table: dict, i: int, log_odds_ratio: float):
    a, n1, c, n2 = (values[i] for values in counts(table))
    return a, stats.nchypergeom_fisher(n1 + n2, n1, a + c, math.exp(log_odds_ratio))


class TestExactConditional:
    """By the noncentral hypergeometric distribution of scipy."""

    def test_common_effect(self):
        """The estimate makes the expected number of events the observed one; its information is their variance."""
        ours = fit_two_arm(*counts(BCG), "CM.EL", effects="common")
        studies = [fisher(BCG, i, ours.mean) for i in range(ours.k)]
        assert sum(law.mean() for _, law in studies) == pytest.approx(sum(a for a, _ in studies), rel=1e-9)
        assert ours.se == pytest.approx(sum(law.var() for _, law in studies) ** -0.5, rel=1e-7)
        assert ours.log_likelihood == pytest.approx(sum(law.logpmf(a) for a, law in studies), abs=1e-6)

    def test_wald_statistic(self):
        """metafor's is 162.98 here, because its saturated estimates are not at their maximum."""
        each, weights = [], []
        for i in range(len(BCG["ai"])):
            theta = optimize.brentq(
                lambda t, i=i: fisher(BCG, i, t)[1].mean() - fisher(BCG, i, t)[0], -8, 8, xtol=1e-12
            )
            each.append(theta)
            weights.append(fisher(BCG, i, theta)[1].var())
        mean = np.average(each, weights=weights)
        expected = (np.array(weights) * (np.array(each) - mean) ** 2).sum()
        assert fit_two_arm(*counts(BCG), "CM.EL").q_wald == pytest.approx(expected, rel=1e-6)

    def test_random_effects_by_brute_force(self):
        """metafor's standard error is 0.26533 here: its integrals are too rough for numDeriv's Hessian."""
        table = TABLES["common events"]
        ours = fit_two_arm(*counts(table), "CM.EL", 40)

        def brute(mean, tau):
            """By sums over the possible tables and a trapezium rule over log odds ratios."""
            z = np.linspace(-10, 10, 1001)
            odds_ratio, total = np.exp(mean + tau * z), 0.0
            for a, n1, c, n2 in zip(*counts(table), strict=True):
                ways = {i: math.comb(n1, i) * math.comb(n2, a + c - i) / math.comb(n1, a) for i in range(a + c + 1)}
                mass = ways[a] / sum(way * odds_ratio ** (i - a) for i, way in ways.items())
                total += math.log((mass * stats.norm.pdf(z)).sum() * (z[1] - z[0]))
            return total

        mean, tau, h = ours.mean, ours.tau2**0.5, 3e-3
        centre = brute(mean, tau)
        assert ours.log_likelihood == pytest.approx(centre, abs=1e-8)
        ahead, behind, up, down = (brute(mean + i * h, tau + j * h) for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1)))
        assert max(ahead, behind, up, down) < centre
        corners = sum(i * j * brute(mean + i * h, tau + j * h) for i in (1, -1) for j in (1, -1))
        hessian = [[ahead + behind - 2 * centre, corners / 4], [corners / 4, up + down - 2 * centre]]
        assert ours.se == pytest.approx((-h * h * np.linalg.inv(hessian)[0, 0]) ** 0.5, rel=3e-5)

    def test_thousands_of_events(self):
        """Terms are summed in blocks; the exact and the unconditional model agree where arms are large."""
        table = [5000, 4800, 5300], [10000] * 3, [4700, 4600, 4900], [10000] * 3
        exact, strata = (fit_two_arm(*table, model) for model in ("CM.EL", "UM.FS"))
        assert (exact.mean, exact.se) == pytest.approx((strata.mean, strata.se), rel=2e-3)


def brute_force_unconditional(table, mean, tau, alpha, sigma) -> float:
    total = 0.0
    grid = np.linspace(-7, 7, 141)
    u, v = np.meshgrid(grid, grid)
    weight = stats.norm.pdf(u) * stats.norm.pdf(v) * (grid[1] - grid[0]) ** 2
    for a, n1, c, n2 in zip(*counts(table), strict=True):
        first, second = mean + alpha + sigma * v + tau * u / 2, alpha + sigma * v - tau * u / 2
        p, q = 1 / (1 + np.exp(-first)), 1 / (1 + np.exp(-second))
        ways = math.comb(n1, a) * math.comb(n2, c)
        likelihood = ways * p**a * (1 - p) ** (n1 - a) * q**c * (1 - q) ** (n2 - c)
        total += math.log((likelihood * weight).sum())
    return total


def test_random_studies_by_brute_force():
    """A two-dimensional trapezium rule, which metafor cannot be asked for: it has one point only."""
    table = TABLES["far apart"]
    ours = fit_two_arm(*counts(table), "UM.RS", 25)
    level = sum(table["ci"]) / sum(table["n2i"])
    found = optimize.minimize_scalar(
        lambda alpha: -brute_force_unconditional(table, ours.mean, ours.tau2**0.5, alpha, ours.sigma2**0.5),
        bracket=(math.log(level / (1 - level)) - 0.3, math.log(level / (1 - level)) + 0.3),
    )
    assert ours.log_likelihood == pytest.approx(-found.fun, abs=1e-6)
    few = fit_two_arm(*counts(table), "UM.RS", 9)
    assert (few.mean, few.se, few.tau2) == pytest.approx((ours.mean, ours.se, ours.tau2), rel=2e-4)


@pytest.mark.parametrize(
    ("fixed", "scale", "points"),
    [
        ([[1.0, 0, 1], [0, 0, 1]], [[[0, 0.5, 0], [0, -0.5, 0]], [[0, 0, 0]] * 2], (7, 1)),
        ([[1.0, 0, 1, 0], [0, 0, 1, 0]], [[[0, 0.5, 0, 0], [0, -0.5, 0, 0]], [[0, 0, 0, 1]] * 2], (1, 1)),
        ([[1.0, 0, 1, 0], [0, 0, 1, 0]], [[[0, 0.5, 0, 0], [0, -0.5, 0, 0]], [[0, 0, 0, 1]] * 2], (5, 3)),
    ],
)
def test_gradient_is_that_of_the_value(fixed, scale, points):
    random = np.random.default_rng(5)
    n = random.integers(10, 200, (2, 6)).astype(float)
    model = MixedModel(BinomialArms(np.floor(n * 0.2), n), np.array(fixed), np.array(scale, dtype=float), points)
    at = random.normal(0, 0.7, (1, model.fixed.shape[1], 6))
    gradient = model.integrals(at).gradient
    for place in range(at.shape[1]):
        move = np.zeros((1, at.shape[1], 1))
        move[0, place] = 1e-5
        difference = (model.integrals(at + move).value - model.integrals(at - move).value) / 2e-5
        assert gradient[place] == pytest.approx(difference, rel=1e-7, abs=1e-6)


def test_the_kernel_of_exact_tables_and_its_derivatives():
    tables = ConditionalTables(*(np.array([value], dtype=float) for value in (3, 9, 5, 12)))
    law = stats.nchypergeom_fisher(21, 9, 8, math.exp(0.7))
    eta = np.full((1, 1), 0.7)
    value, slope = tables.value_and_slope(eta)
    first, second, third = tables.slopes(eta)
    assert value.item() == pytest.approx(law.logpmf(3))
    assert slope.item() == first.item() == pytest.approx(3 - law.mean())
    assert second.item() == pytest.approx(-law.var())
    assert third.item() == pytest.approx(-law.stats("s") * law.std() ** 3)


class TestSymmetry:
    @pytest.mark.parametrize("model", MODELS)
    @pytest.mark.parametrize("name", ["common events", "rare events", "zero in one arm of most"])
    def test_arms_exchanged(self, model, name):
        ai, n1i, ci, n2i = counts(TABLES[name])
        one, other = fit_two_arm(ai, n1i, ci, n2i, model, 5), fit_two_arm(ci, n2i, ai, n1i, model, 5)
        assert (one.mean, one.ci_low, one.se, one.tau2) == pytest.approx(
            (-other.mean, -other.ci_high, other.se, other.tau2), rel=1e-6, abs=1e-8
        )
        assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)

    @pytest.mark.parametrize("model", ["UM.FS", "UM.RS", "CM.EL"])
    def test_events_and_non_events_exchanged(self, model):
        ai, n1i, ci, n2i = (np.array(values) for values in counts(TABLES["common events"]))
        one, other = fit_two_arm(ai, n1i, ci, n2i, model, 5), fit_two_arm(n1i - ai, n1i, n2i - ci, n2i, model, 5)
        assert (one.mean, one.se, one.tau2) == pytest.approx((-other.mean, other.se, other.tau2), rel=1e-6)

    @pytest.mark.parametrize("model", MODELS)
    def test_order_of_studies(self, model):
        ai, n1i, ci, n2i = (np.array(values) for values in counts(BCG))
        one, other = fit_two_arm(ai, n1i, ci, n2i, model), fit_two_arm(*(v[::-1] for v in (ai, n1i, ci, n2i)), model)
        assert (one.mean, one.se, one.tau2, one.q_lrt) == pytest.approx(
            (other.mean, other.se, other.tau2, other.q_lrt), rel=1e-7
        )


class TestDegenerateInput:
    def test_a_study_without_events_changes_nothing_but_the_note(self):
        ai, n1i, ci, n2i = counts(TABLES["common events"])
        for model in MODELS:
            plain = fit_two_arm(ai, n1i, ci, n2i, model)
            more = fit_two_arm([*ai, 0, 9], [*n1i, 30, 9], [*ci, 0, 8], [*n2i, 31, 8], model)
            assert (more.k, more.mean, more.se, more.tau2) == (plain.k, plain.mean, plain.se, plain.tau2)
            assert more.warnings == ("2 of 10 studies left out: nobody or everybody had the event",)

    def test_random_studies_may_keep_it(self):
        table = [1, 3, 0, 2], [50, 60, 40, 70], [2, 4, 0, 5], [50, 60, 40, 70]
        dropped, kept = (fit_two_arm(*table, "UM.RS", drop_uninformative=drop) for drop in (True, False))
        assert (dropped.k, kept.k) == (3, 4)
        assert kept.sigma2 >= dropped.sigma2
        assert kept.warnings == ()

    @pytest.mark.parametrize("model", MODELS)
    def test_one_study_has_a_common_effect_only(self, model):
        one = fit_two_arm([6], [20], [3], [25], model, effects="common")
        assert (one.k, one.tau2, one.q_lrt, one.i2_tau2) == (1, 0.0, None, None)
        if model in ("UM.FS", "UM.RS"):
            assert one.mean == pytest.approx(math.log(6 / 14) - math.log(3 / 22))
            assert one.se == pytest.approx((1 / 6 + 1 / 14 + 1 / 3 + 1 / 22) ** 0.5, rel=1e-6)
        with pytest.raises(NotEstimable, match="two studies"):
            fit_two_arm([6], [20], [3], [25], model)
        with pytest.raises(NotEstimable, match="degree of freedom"):
            fit_two_arm([6], [20], [3], [25], model, effects="common", interval="t")

    @pytest.mark.parametrize("model", MODELS)
    @pytest.mark.parametrize(
        ("table", "reason"),
        [
            (([], [], [], []), "no study"),
            (([0, 0], [9, 8], [0, 0], [7, 6]), "no study"),
            (([0, 0, 0], [9, 8, 9], [2, 3, 1], [7, 6, 8]), "infinite"),
            (([2, 3, 1], [9, 8, 9], [0, 0, 0], [7, 6, 8]), "infinite"),
        ],
    )
    def test_refusals(self, model, table, reason):
        with pytest.raises(NotEstimable, match=reason):
            fit_two_arm(*table, model)

    @pytest.mark.parametrize("model", ["CM.EL", "CM.AL"])
    def test_studies_infinitely_far_apart(self, model):
        with pytest.raises(NotEstimable, match="keeps rising with tau"):
            fit_two_arm([0, 9, 0, 8], [30, 30, 30, 30], [9, 0, 8, 0], [30, 30, 30, 30], model)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"ai": [5, 50]}, "0 <= events <= n"),
            ({"ai": [1.5, 2]}, "whole"),
            ({"ai": [float("nan"), 2]}, "whole"),
            ({"ai": [5]}, "equal length"),
            ({"n1i": [0, 40], "ai": [0, 3]}, "n >= 1"),
            ({"model": "CM"}, "model must be"),
            ({"quadrature_points": 0}, "quadrature_points"),
            ({"effects": "fixed"}, "effects must be"),
            ({"interval": "knha"}, "interval must be"),
            ({"level": 95}, "level must"),
        ],
    )
    def test_impossible_arguments(self, changes, reason):
        arguments = {"ai": [5, 8], "n1i": [40, 40], "ci": [7, 9], "n2i": [40, 40]} | changes
        with pytest.raises(ValueError, match=reason):
            fit_two_arm(**arguments)


def test_it_prints_and_becomes_a_dictionary():
    fit = fit_two_arm(*counts(BCG), "CM.EL", interval="t")
    assert str(fit).startswith("CM.EL, random effect, 13 studies: odds ratio 0.4706 (")
    assert fit.to_dict()["tau2"] == fit.tau2
    assert fit.odds_ratio[0] == pytest.approx(math.exp(fit.mean))
