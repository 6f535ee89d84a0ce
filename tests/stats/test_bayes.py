"""The Bayesian model against a published analysis, closed forms, and the joint density integrated by brute force."""

import json

import numpy as np
import pytest
from scipy import integrate, special, stats

from perennial.stats.bayes import bayes_random_effects, prior_sensitivity
from perennial.stats.errors import NotEstimable

SCHOOLS = np.array([28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16])
SCHOOLS_SE = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])


def numbers(it):
    return np.array([it.mean, it.sd, it.median, it.ci_low, it.ci_high, it.shortest_low, it.shortest_high])


@pytest.fixture(scope="module")
def schools():
    return bayes_random_effects(SCHOOLS, SCHOOLS_SE**2, 25, "half_cauchy", mu_prior=(0, 50))


def test_eight_schools_tau(schools):
    """Röver's vignette "An introduction to meta-analysis using the bayesmeta package": Rubin (1981), as printed there."""
    tau = schools.tau
    assert (tau.median, tau.mean, tau.sd) == pytest.approx((4.758539, 5.884511, 4.869904), abs=1e-6)
    assert (tau.ci_low, tau.ci_high) == pytest.approx((0.2199559, 18.0531718), abs=1e-6)
    assert (tau.shortest_low, tau.shortest_high) == pytest.approx((0, 15.16589), abs=1e-5)


def test_eight_schools_effects(schools):
    """The same source; bayesmeta replaces the integral over tau by some ten values (its delta = 0.01), we do not."""
    mu, close = schools.mu, 0.01 * schools.mu.sd
    assert (mu.median, mu.mean, mu.sd) == pytest.approx((7.962961, 7.985729, 4.995762), abs=2e-3)
    assert (mu.shortest_low, mu.shortest_high) == pytest.approx((-1.823353, 17.824562), abs=5e-3)
    assert schools.probability_above == pytest.approx(0.9487521, abs=5e-5)
    printed = {
        0: (11.095255, 7.901084, 10.093581, -3.209562, 28.169723),
        6: (10.336032, 6.631039, 9.786985, -2.138807, 24.230908),
        7: (8.474644, 7.456906, 8.266594, -6.528854, 24.110315),
    }
    for school, values in printed.items():
        it = schools.shrinkage[school]
        assert (it.mean, it.sd, it.median, it.shortest_low, it.shortest_high) == pytest.approx(values, abs=close)


def joint(yi, vi, scale, prior, mu_prior):
    def density(mu, tau):
        value = np.prod(stats.norm.pdf(yi[:, None], mu, np.sqrt(vi + tau**2)[:, None]), axis=0)
        value *= (stats.halfnorm if prior == "half_normal" else stats.halfcauchy).pdf(tau, scale=scale)
        return value if mu_prior is None else value * stats.norm.pdf(mu, *mu_prior)

    return density


@pytest.mark.parametrize(
    ("yi", "vi", "scale", "prior", "mu_prior"),
    [
        ([0.4], [0.09], 0.5, "half_normal", (0, 1)),
        ([0.1, 1.3], [0.04, 0.1], 0.5, "half_normal", None),
        ([-1.0, 0.2, 0.5], [0.2, 0.05, 0.3], 0.5, "half_cauchy", (0.0, 2.0)),
    ],
)
def test_joint_density_integrated_by_brute_force(yi, vi, scale, prior, mu_prior):
    """Both parameters by nested quadrature, with none of the closed forms: what lies below each quantile we give."""
    yi, vi = np.array(yi), np.array(vi)
    fit = bayes_random_effects(yi, vi, scale, prior, mu_prior)
    density = joint(yi, vi, scale, prior, mu_prior)
    mu_nodes, mu_weights = np.polynomial.legendre.leggauss(60)
    tau_nodes, tau_weights = np.polynomial.legendre.leggauss(80)

    def mass(mu_low, mu_high, tau_low=0.0, tau_high=np.inf, power=0):
        # tau = t / (1 - t); mu in panels about a generous centre
        t_low, t_high = tau_low / (1 + tau_low), 1.0 if tau_high == np.inf else tau_high / (1 + tau_high)
        t = (t_low + t_high) / 2 + (t_high - t_low) / 2 * tau_nodes
        total = 0.0
        for part, tau, jacobian in zip(tau_weights, t / (1 - t), (1 - t) ** -2.0, strict=True):
            reach = 12 * np.sqrt(vi.max() + tau**2)
            low, high = max(mu_low, yi.min() - reach), min(mu_high, yi.max() + reach)
            if mu_prior is not None:
                low, high = max(low, mu_prior[0] - 12 * mu_prior[1]), min(high, mu_prior[0] + 12 * mu_prior[1])
            edges = np.linspace(low, high, 9)
            half = (edges[1] - edges[0]) / 2
            mu = (edges[:-1, None] + half * (1 + mu_nodes)).ravel()
            total += part * jacobian * tau**power * half * (np.tile(mu_weights, 8) @ density(mu, tau))
        return total * (t_high - t_low) / 2

    whole = mass(-np.inf, np.inf)
    assert mass(-np.inf, fit.mu.median) / whole == pytest.approx(0.5, abs=1e-6)
    assert mass(-np.inf, fit.mu.ci_low) / whole == pytest.approx(0.025, abs=1e-6)
    assert mass(fit.mu.shortest_low, fit.mu.shortest_high) / whole == pytest.approx(0.95, abs=1e-6)
    assert mass(-np.inf, np.inf, 0, fit.tau.median) / whole == pytest.approx(0.5, abs=1e-6)
    assert mass(-np.inf, np.inf, 0, fit.tau.ci_high) / whole == pytest.approx(0.975, abs=1e-6)
    assert mass(-np.inf, np.inf, power=1) / whole == pytest.approx(fit.tau.mean, rel=1e-6)


@pytest.mark.parametrize("prior", ["half_normal", "half_cauchy"])
def test_one_integral_by_scipy(prior):
    """k = 12: mean and sd of mu, tau and the prediction, by scipy's adaptive quadrature of the marginal of tau."""
    random = np.random.default_rng(17)
    vi = random.uniform(0.02, 0.4, 12)
    yi = random.normal(0.3, np.sqrt(vi + 0.16))
    fit = bayes_random_effects(yi, vi, 0.5, prior)
    pdf = (stats.halfnorm if prior == "half_normal" else stats.halfcauchy)(scale=0.5).pdf

    def average(value):
        def parts(tau):
            w = 1 / (vi + tau**2)
            mean = np.average(yi, weights=w)
            marginal = np.prod(stats.norm.pdf(yi, mean, w**-0.5)) * w.sum() ** -0.5 * pdf(tau)
            return marginal, mean, 1 / w.sum()

        def integral(of):
            points = [0, 0.1, 0.3, 0.6, 1, 2, 5]
            pieces = zip(points, [*points[1:], np.inf], strict=True)
            return sum(integrate.quad(of, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pieces)

        return integral(lambda t: parts(t)[0] * value(t, *parts(t)[1:])) / integral(lambda t: parts(t)[0])

    mean = average(lambda t, m, v: m)
    assert fit.mu.mean == pytest.approx(mean, rel=1e-9)
    assert fit.mu.sd**2 == pytest.approx(average(lambda t, m, v: v + (m - mean) ** 2), rel=1e-9)
    assert fit.prediction.sd**2 == pytest.approx(average(lambda t, m, v: v + t**2 + (m - mean) ** 2), rel=1e-9)
    assert fit.tau.mean == pytest.approx(average(lambda t, m, v: t), rel=1e-9)
    below = average(lambda t, m, v: special.ndtr((fit.prediction.ci_high - m) / np.sqrt(v + t**2)))
    assert below == pytest.approx(0.975, abs=1e-9)
    assert fit.probability_above == pytest.approx(average(lambda t, m, v: special.ndtr(m / v**0.5)), rel=1e-9)


def test_one_study_leaves_the_prior_of_tau():
    """k = 1, flat prior of mu: the likelihood of tau is constant."""
    normal = bayes_random_effects([1.2], [0.25], 0.5)
    assert numbers(normal.tau)[:5] == pytest.approx(
        [0.5 * np.sqrt(2 / np.pi), 0.5 * np.sqrt(1 - 2 / np.pi), *(0.5 * stats.halfnorm.ppf([0.5, 0.025, 0.975]))],
        rel=1e-9,
    )
    assert (normal.tau.shortest_low, normal.tau.shortest_high) == pytest.approx(
        (0, 0.5 * stats.norm.ppf(0.975)), rel=1e-9
    )
    assert (normal.mu.median, normal.mu.mean) == pytest.approx((1.2, 1.2))
    assert normal.mu.sd**2 == pytest.approx(0.25 + 0.25)
    assert normal.prediction.sd**2 == pytest.approx(0.25 + 2 * 0.25)
    assert "one study" in normal.warnings[0]
    cauchy = bayes_random_effects([1.2], [0.25], 0.5, "half_cauchy")
    quantiles = 0.5 * np.tan(np.pi / 2 * np.array([0.5, 0.025, 0.975]))
    assert (cauchy.tau.median, cauchy.tau.ci_low, cauchy.tau.ci_high) == pytest.approx(quantiles, rel=1e-9)


@pytest.mark.parametrize(
    ("k", "tau", "mu"),
    [(1, (False, False), (False, False)), (2, (True, False), (True, False)), (3, (True, True), (True, True))],
)
def test_moments_that_diverge_are_not_given(k, tau, mu):
    """Under half-Cauchy and flat priors the density of tau falls like tau**-(k + 1)."""
    fit = bayes_random_effects(np.arange(k), np.full(k, 0.5), 1, "half_cauchy")
    assert (fit.tau.mean is not None, fit.tau.sd is not None) == tau
    assert (fit.mu.mean is not None, fit.mu.sd is not None) == mu
    assert any("do not exist" in note for note in fit.warnings) == (k < 3)
    proper = bayes_random_effects(np.arange(k), np.full(k, 0.5), 1, "half_cauchy", mu_prior=(0, 10))
    assert proper.mu.mean is not None and proper.mu.sd is not None
    assert proper.tau.mean is not None and (proper.tau.sd is not None) == (k > 1)
    assert all(it.sd is not None for it in fit.shrinkage)


def test_mean_of_a_heavy_tail():
    """Two equal studies under a half-Cauchy prior: E tau by scipy, from a density that falls like tau**-3."""
    fit = bayes_random_effects([0.5, 0.5], [0.1, 0.1], 0.7, "half_cauchy")
    density = [lambda t, power=power: t**power / (1 + (t / 0.7) ** 2) / np.sqrt(0.1 + t**2) for power in (0, 1)]
    whole, first = (integrate.quad(it, 0, 1)[0] + integrate.quad(it, 1, np.inf)[0] for it in density)
    assert fit.tau.mean == pytest.approx(first / whole, rel=1e-8)


def test_tau_all_but_known():
    """A prior of hardly any width: the common-effect model, and its conjugate posterior under a normal prior."""
    yi, vi = np.array([0.3, 0.7, 0.2]), np.array([0.04, 0.09, 0.02])
    flat = bayes_random_effects(yi, vi, 1e-9)
    w = 1 / vi
    mean, sd = np.average(yi, weights=w), w.sum() ** -0.5
    z = stats.norm.ppf(0.975)
    assert numbers(flat.mu) == pytest.approx([mean, sd, mean, *[mean - z * sd, mean + z * sd] * 2], rel=1e-7)
    assert numbers(flat.shrinkage[1]) == pytest.approx(numbers(flat.mu), rel=1e-6)
    normal = bayes_random_effects(yi, vi, 1e-9, mu_prior=(1, 0.2))
    precision = w.sum() + 25
    assert (normal.mu.mean, normal.mu.sd) == pytest.approx(((w @ yi + 25) / precision, precision**-0.5))


@pytest.mark.parametrize("prior", ["half_normal", "half_cauchy"])
@pytest.mark.parametrize(("shift", "factor"), [(1000.0, 1.0), (-0.3, 1e-6), (0.0, 1e6)])
def test_units_and_origin_do_not_matter(prior, shift, factor):
    yi, vi = np.array([0.3, 1.9, 0.2]), np.array([0.04, 0.09, 0.02])
    here = bayes_random_effects(yi, vi, 0.5, prior)
    there = bayes_random_effects(shift + factor * yi, factor**2 * vi, factor * 0.5, prior)
    assert numbers(there.tau) == pytest.approx(factor * numbers(here.tau), rel=1e-6)
    moved = numbers(here.mu) * factor + shift * np.array([1, 0, 1, 1, 1, 1, 1])
    assert numbers(there.mu) == pytest.approx(moved, rel=1e-6)


def test_far_apart_and_many():
    """A prior overruled by the data, and a posterior of tau that is a needle."""
    far = bayes_random_effects([-1000, 1000], [1, 1], 0.5, "half_normal")
    assert far.tau.ci_low > 5 and far.mu.median == pytest.approx(0, abs=1e-6)
    random = np.random.default_rng(3)
    many = bayes_random_effects(random.normal(0, np.sqrt(1.04), 100), np.full(100, 0.04), 1, "half_cauchy")
    assert many.tau.median == pytest.approx(1, abs=0.2) and 0.05 < many.tau.sd < 0.1


def test_equal_estimates():
    fit = bayes_random_effects([0.5, 0.5], [0.1, 0.1], 1)
    assert fit.mu.median == pytest.approx(0.5) and fit.tau.shortest_low == 0 and fit.tau.median > 0


def test_shortest_interval_is_not_longer_and_holds_its_share(schools):
    for it in (schools.mu, schools.tau, schools.prediction, *schools.shrinkage):
        assert it.shortest_high - it.shortest_low <= it.ci_high - it.ci_low


def test_prior_sensitivity_in_the_order_asked_for():
    table = prior_sensitivity([0.1, 1.3], [0.04, 0.1], scales=(0.25, 0.5, 1.0))
    assert [(fit.tau_prior.family, fit.tau_prior.scale) for fit in table.fits] == [
        (family, scale) for family in ("half_normal", "half_cauchy") for scale in (0.25, 0.5, 1.0)
    ]
    widths = [fit.mu.ci_high - fit.mu.ci_low for fit in table.fits[:3]]
    assert widths == sorted(widths)
    assert table.fits[1].tau_prior.median == pytest.approx(0.5 * 0.6744898) and table.fits[
        1
    ].tau_prior.upper_95 == pytest.approx(0.98, abs=1e-3)
    assert len(str(table).splitlines()) == 6 and json.dumps(table.to_dict())


def test_refusals():
    with pytest.raises(NotEstimable, match="no study"):
        bayes_random_effects([], [], 0.5)
    with pytest.raises(NotEstimable, match="positive"):
        bayes_random_effects([1, 2], [0.1, 0], 0.5)
    for arguments in (
        {"scale": 0},
        {"scale": 1, "prior": "flat"},
        {"scale": 1, "level": 1},
        {"scale": 1, "mu_prior": (0, 0)},
    ):
        with pytest.raises(ValueError, match=r"must|needs"):
            bayes_random_effects([1.0], [0.1], **arguments)
