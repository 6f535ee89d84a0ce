"""Peters' regression test for funnel plot asymmetry of binary outcomes."""

from numpy.typing import ArrayLike

from perennial.stats.asymmetry import INDEPENDENT, AsymmetryTest, cautions, multiplicative_test
from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import check_counts
from perennial.stats.quadratic_forms import check_effects

SINGLE_ARM = "an extension to single arms: the test was made, and its behaviour studied, for odds ratios of two arms"


def peters(
    yi: ArrayLike, vi: ArrayLike, events: ArrayLike, n: ArrayLike, arms: int = 2, level: float = 0.95
) -> AsymmetryTest:
    """Regress estimates on 1/n with weights 1/(1/events + 1/(n - events)) (Peters et al 2006, JAMA 295:676).

    `yi` are log odds ratios, `vi` their sampling variances (for the warnings alone); `events` and `n` count both arms
    of a study together, all of length k. A study with no event, or with nothing else, has no weight and is left out.
    `arms=1` takes the estimates and counts of single arms, which is an extension of ours and is said in the warnings.
    Raises NotEstimable for fewer than three studies with weight, for sizes that are all alike, and for estimates that
    lie exactly on a line.
    """
    yi, vi = check_effects(yi, vi)
    events, n = check_counts(events, n)
    if events.shape != yi.shape:
        raise ValueError(f"there must be one count for each estimate, got {len(events)} and {len(yi)}")
    if arms not in (1, 2):
        raise ValueError(f"arms must be 1 or 2, got {arms!r}")
    use = (events > 0) & (events < n)
    if use.sum() < 3:
        raise NotEstimable(f"Peters' test needs three studies with events and non-events, got {use.sum()}")
    said = cautions(yi[use], vi[use])
    if not use.all():
        said += (f"{(~use).sum()} of {len(yi)} studies left out: no event, or nothing but events",)
    if arms == 1:
        said += (SINGLE_ARM,)
    weights = 1 / (1 / events[use] + 1 / (n[use] - events[use]))
    return multiplicative_test(
        "Peters' test" if arms == 2 else "Peters' test extended to single arms",
        "inverse sample size", yi[use], 1 / n[use], weights, level=level, limit=True,
        assumptions=(
            "the estimates depend on 1/n in a straight line",
            "the residual variance is inversely proportional to Peters' weights",
            INDEPENDENT,
        ),
        warnings=said,
    )  # fmt: skip
