"""Which pairs of records are worth comparing: those that share something telling.

A record has one key of each sort, and two records are compared if any of theirs is the same. Keys are made so that
few records share one. Where more than CROWD do it tells little, and only neighbours in the order of ids are compared:
the number of pairs grows with the number of records and not with its square. Which pairs are compared depends on the
set of records and on nothing else.
"""

import zlib

import numpy as np

from perennial.records.duplicates.forms import Form

CROWD = 40
SORTS = 12


def keys_of(form: Form) -> list[int]:
    """One key of each sort as a number of 32 bits, 0 where the record does not tell enough.

    Two keys that share a number by chance cost one comparison.
    """
    start, end = form.title[:30], form.title[-30:]
    texts = [
        [form.pmid],
        [form.pmcid],
        [form.registration],
        [form.doi],
        [form.title] if form.telling else [form.title, form.year, form.author or form.page],
        [start, form.year] if form.telling else [form.title, form.volume, form.page],
        [end, form.year] if form.telling else [],
        [form.title[:12], form.author],
        [form.year, form.volume, form.page],
        [form.author, form.year, form.page],
        [form.author, form.volume, form.page],
        [form.abstract] if len(form.abstract) >= 60 else [],
    ]
    return [zlib.crc32("\x1f".join(parts).encode()) or 1 if parts and all(parts) else 0 for parts in texts]


def candidate_pairs(keys: np.ndarray) -> np.ndarray:
    """The places of the records to compare, from a row of keys each: distinct pairs, the smaller place first."""
    count = len(keys)
    found = [np.empty(0, dtype=np.int64)]
    for column in keys.T:
        places = np.argsort(column, kind="stable")
        places = places[np.count_nonzero(column == 0) :]
        values, sizes = np.unique(column[places], return_counts=True)
        values, crowded = np.repeat(values, sizes), np.repeat(sizes > CROWD, sizes)
        for step in range(1, CROWD):
            near = values[step:] == values[:-step]
            if step > 1:
                near &= ~crowded[step:]
            if not near.any():
                break
            at = np.flatnonzero(near)
            found.append(places[at] * count + places[at + step])
    return np.column_stack(np.divmod(np.unique(np.concatenate(found)), max(count, 1)))
