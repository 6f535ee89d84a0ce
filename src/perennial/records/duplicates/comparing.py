"""The verdicts on all pairs of records worth comparing, worked out or remembered."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from perennial.records.duplicates.blocking import SORTS, candidate_pairs, keys_of
from perennial.records.duplicates.forms import digest_of, form_of
from perennial.records.duplicates.judging import judged
from perennial.records.duplicates.remembered import VERDICT, Remembered, load, save
from perennial.records.duplicates.verdicts import Finding, Verdict
from perennial.records.record import Record

PROGRAM = Path(__file__)
"""What a verdict depends on is the code that this module reaches."""


def compared(records: Sequence[Record], remembered: Path | None) -> Iterator[tuple[int, int, Verdict]]:
    """Pairs of places in `records`, which are in the order of their ids, found to be more than different.

    Records are known by the digests of what they hold. A verdict may depend on which of two records comes first, so
    the one with the smaller digest does.
    """
    known = load(remembered, PROGRAM, SORTS)
    digests, first, forms = np.unique(
        np.array([digest_of(record) for record in records], dtype=np.uint64), return_index=True, return_inverse=True
    )
    keys = np.zeros((len(digests), SORTS), dtype=np.uint32)
    here, there = shared(digests, known.digests)
    keys[here] = known.keys[there]
    for new in np.setdiff1d(np.arange(len(digests)), here):
        keys[new] = keys_of(form_of(records[first[new]]))

    pairs = candidate_pairs(keys[forms])
    compared_forms = np.sort(forms[pairs], axis=1)
    codes, which = np.unique(compared_forms @ [len(digests), 1], return_inverse=True)
    verdicts = np.zeros(len(codes), dtype=VERDICT)
    verdicts["one"], verdicts["other"] = np.divmod(codes, max(len(digests), 1))
    place = np.full(len(known.digests), -1)
    place[there] = here
    ones, others = place[known.verdicts["one"]], place[known.verdicts["other"]]
    still = np.flatnonzero((ones >= 0) & (others >= 0))
    now, before = shared(codes, ones[still] * len(digests) + others[still])
    for part in ("finding", "likeness"):
        verdicts[part][now] = known.verdicts[part][still[before]]

    waiting = np.flatnonzero(verdicts["finding"] == 0)
    asked = [(int(first[one]), int(first[other])) for one, other, *_ in verdicts[waiting].tolist()]
    for at, verdict in zip(waiting, judged(records, asked), strict=True):
        verdicts["finding"][at], verdicts["likeness"][at] = verdict
    if remembered and (len(waiting) or len(codes) != len(known.verdicts) or len(here) != len(known.digests)):
        save(remembered, PROGRAM, Remembered(digests, keys, verdicts))

    telling = np.flatnonzero(verdicts["finding"][which] != Finding.DIFFERENT)
    for (a, b), (_, _, finding, likeness) in zip(
        pairs[telling].tolist(), verdicts[which[telling]].tolist(), strict=True
    ):
        yield a, b, Verdict(Finding(finding), likeness)


def shared(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the values that two arrays share stand in each; in either no value stands twice."""
    _, here, there = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return here, there
