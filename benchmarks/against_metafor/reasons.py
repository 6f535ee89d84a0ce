"""Why values of metafor's are not ours: the reasons known, each told by what it shows of itself.

A reason says where it can occur. Wherever that is possible it is proved for the values at hand: a lower maximum by the
likelihood at metafor's estimate, ties by the estimates, an early stop by likelihood and scale. Others hold up to a
stated difference. What no reason explains is a disagreement.
"""

from collections.abc import Callable
from fnmatch import fnmatch

from against_metafor.values import NO_VALUE, Pair
from perennial.stats.tau2 import METHODS, estimate_tau2

Holds = Callable[[Pair], bool]

EARLY = 1e-6
"""Log-likelihood: what falls shorter stands at another maximum."""

FINE = 1e-5
"""A smallest sampling variance below which an absolute tolerance of 1e-12 shows in the seventh digit."""

SMALL = 1e-2
"""The largest difference that stopping early, or a rough derivative, may make."""

ITERATED = {"ML", "REML", "EB", "PM"}


def refused(*patterns: str) -> Holds:
    return lambda pair: pair.refusal is not None and any(fnmatch(pair.refusal, pattern) for pattern in patterns)


def no_value(*names: str) -> Holds:
    return lambda pair: pair.refusal == NO_VALUE and pair.name in names


def within(kind: str, names: str, limit: float) -> Holds:
    """For values of these names in GLMMs of a kind, where the difference stays below a limit."""

    def holds(pair: Pair) -> bool:
        named = pair.name.split("[")[0] in names.split()
        return pair.function == "GLMM" and fnmatch(pair.kind, kind) and named and pair.difference < limit

    return holds


def no_freedom(pair: Pair) -> bool:
    names = ("QE_p", "QEp", "Qp", "q_p", "QEp_Wld", "QEp_LRT", "H2", "h2")
    return no_value(*names)(pair) and pair.theirs in (0.0, 1.0)


def share_of_nothing(pair: Pair) -> bool:
    if pair.name not in ("R2", "r2"):
        return False
    method = next(method for method in METHODS if method in pair.case.where.split())
    return estimate_tau2(pair.case.yi, pair.case.vi, method) < 1e-8 * pair.case.vi.min()


def one_left(pair: Pair) -> bool:
    return pair.kind.startswith("Freeman-Tukey") and len(pair.case.yi) == 1


def corrected_peto(pair: Pair) -> bool:
    named = pair.name in ("k_effects", "q_p", "i2", "h2")
    return pair.function == "Peto" and pair.case.where.endswith("corrected") and named


def cut(pair: Pair) -> bool:
    return pair.function == "within-trial contrast" and pair.ours in (-1.0, 1.0) and abs(pair.theirs) > 1


def stopped_early(pair: Pair) -> bool:
    if pair.function == "GLMM" or pair.difference > SMALL:
        return False
    iterated = pair.function == "Q profile" or not ITERATED.isdisjoint(f"{pair.case.where} {pair.kind}".split())
    return iterated and (pair.case.vi.min() < FINE or lower_likelihood(pair))


def lower_likelihood(pair: Pair) -> bool:
    """Whether theirs is lower by as much as a difference of this size goes with, near a maximum."""
    return pair.case.shortfall() > 1e-2 * min(pair.difference, 1e-2) ** 2


def lower_maximum(pair: Pair) -> bool:
    return pair.case.shortfall() > (100 * EARLY if pair.function == "GLMM" else EARLY)


def log_tau2_searched(pair: Pair) -> bool:
    return fnmatch(pair.kind, "CM.EL, * points") and lower_likelihood(pair)


def above_zero(pair: Pair) -> bool:
    return pair.function == "selection model" and pair.difference < SMALL and lower_likelihood(pair)


ESTIMATES = "b est mean se ci_low ci_high ci_lb ci_ub tau2 I2 i2 H2 h2 ll p"
ERRORS = "se ci_low ci_high ci_lb ci_ub p"

NOT_GIVEN: tuple[tuple[str, Holds], ...] = (
    (
        "One study: metafor gives its estimate with tau2 = 0 and all that follows; we have no random effects of one "
        "study (common_effect gives its own estimate).",
        refused("between-study variance needs two studies or more, got 1", "one study: the interval*"),
    ),
    (
        "Two studies leave no degree of freedom for the prediction interval by t with k - 2; metafor takes one.",
        refused("a prediction interval (t_k-2) needs three studies or more, got 2"),
    ),
    (
        "All estimates are equal: the Hartung-Knapp standard error is zero, or rounding, and so are metafor's interval "
        "and P value; we refuse.",
        refused("the estimates are all equal: the Hartung-Knapp*"),
    ),
    (
        "The estimates are all equal, or lie on a line: what metafor regresses or ranks is rounding; we refuse.",
        refused("the estimates lie exactly on a line*", "all estimates are alike*"),
    ),
    (
        "Two studies with events and non-events: a line through two points, whose residuals in R are rounding; we "
        "refuse.",
        refused("Peters' test needs three studies*, got 2"),
    ),
    (
        "Nobody, or everybody, had the event: the mean logit is infinite, and where metafor stops is arbitrary; we "
        "refuse.",
        refused("no patient had the event*", "every patient had the event*"),
    ),
    (
        "The pooled value has a standard error of zero, as no study has both events and others in an arm; we refuse.",
        refused("the variance of the pooled * is zero*", "nobody or everybody had*"),
    ),
    (
        "An interval of P values holds no study: the weight of the others grows without end, metafor stops at its "
        "bound; we refuse.",
        refused("an interval of P values holds no study*"),
    ),
    ("No degree of freedom: metafor prints P = 1 or 0 and H2 = 1; we give no value.", no_freedom),
    ("tau2 is given and not estimated: there is no R2 of it; metafor prints zero.", no_value("r2", "R2")),
)

DIFFERENT: tuple[tuple[str, Holds], ...] = (
    (
        "tau2 is zero without moderators: metafor's R2 is one rounding error in terms of another.",
        share_of_nothing,
    ),
    ("One study stays: we give its proportion the exact interval, the reference that of its transform.", one_left),
    (
        "Values that rounding alone tells apart: estimates tie in rank or in distance from the centre, so that in "
        "metafor the last digit decides side, rank or number; here ties are ties.",
        lambda pair: pair.case.tied(),
    ),
    (
        "rma.peto corrects cells for the pooled value and Q, and counts for the degrees of freedom of Q only studies "
        "that had an estimate uncorrected (I2 reaches 96600%).",
        corrected_peto,
    ),
    ("A risk difference lies between -1 and 1; bounds beyond are cut here, with a warning.", cut),
    (
        "metafor stopped early: its iterations end at steps of 1e-12 in absolute terms, whatever the scale; the "
        "likelihood at ours is higher, or variances are so small (below 1e-5) that it shows.",
        stopped_early,
    ),
    (
        "tau2 is zero in the selection model: metafor's optimiser stops a little above, ours takes tau2 as known.",
        above_zero,
    ),
    ("The likelihood has several maxima: at metafor's estimate it is lower than at ours.", lower_maximum),
    (
        "lme4 knows a Laplace likelihood to some 1e-6 at its default tolerance, and differentiates it numerically "
        "(tests/oracle/glmm.R; differences up to 3 in 100).",
        within("*1 point", ESTIMATES, 3e-2),
    ),
    (
        "lme4's standard error is far off where the likelihood is flat or rough: ours is that of the second "
        "differences of the likelihood.",
        lambda pair: within("binomial-normal*", ERRORS, float("inf"))(pair) and pair.case.confirmed(),
    ),
    (
        "lme4 stops a little before the top at its default tolerance, so that tau2 is known to some parts in 1,000 "
        "where it is small or the likelihood flat; the likelihood at ours is no lower.",
        lambda pair: within("binomial-normal*", "tau2 I2 H2", SMALL)(pair) and pair.case.shortfall() > -1e-10,
    ),
    (
        "Standard errors and Wald statistics of UM.RS are lme4's second differences of a likelihood known to 1e-10 "
        "(plain Laplace in R agrees with ours; differences up to 1 in 100, of Wald statistics 1 in 10).",
        lambda pair: within("UM.RS*", ERRORS, SMALL)(pair) or within("UM.RS*", "q_wald q_wald_p", 0.1)(pair),
    ),
    (
        "Standard errors and Wald statistics of CM.EL are numDeriv's Hessian of a likelihood integrated numerically; "
        "its saturated estimates are not at their maximum (scipy's distribution agrees with ours; differences up to 1 "
        "in 100, of Wald statistics 1 in 5).",
        lambda pair: within("CM.EL*", ERRORS, SMALL)(pair) or within("CM.EL*", "q_wald q_wald_p", 0.2)(pair),
    ),
    (
        "CM.EL searches log(tau2): where tau2 is zero metafor stops on the way there, and its standard error is no "
        "number.",
        log_tau2_searched,
    ),
)


def reason(pair: Pair) -> str | None:
    known = DIFFERENT if pair.refusal is None else NOT_GIVEN
    return next((text for text, holds in known if holds(pair)), None)
