"""How a pooled result depends on single studies."""

from collections.abc import Sequence

from perennial.stats.pooling import BinomialNormalModel, InverseVariance, PooledProportion, pool_proportions


def leave_one_out(
    events: Sequence[int], n: Sequence[int], model: InverseVariance | BinomialNormalModel, level: float = 0.95
) -> list[PooledProportion]:
    """The pooled proportion without each study in turn, in their order.

    Everything is computed from the studies that stay, the harmonic mean of n included.
    """
    return [
        pool_proportions([*events[:i], *events[i + 1 :]], [*n[:i], *n[i + 1 :]], model, level) for i in range(len(n))
    ]
