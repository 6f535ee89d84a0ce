"""Which pairs are compared: enough, few, and whatever the order; records here are synthetic."""

import random
from itertools import combinations

import numpy as np
import pytest

from perennial.records.duplicates.blocking import CROWD, candidate_pairs, keys_of
from perennial.records.duplicates.forms import form_of
from perennial.records.record import Record


def pairs(keys: list[list[int]]) -> list[tuple[int, int]]:
    return [tuple(pair) for pair in candidate_pairs(np.array(keys, dtype=np.uint32)).tolist()]


def test_pairs_share_a_key_of_one_sort():
    """Against every pair looked at, on random keys; 0 is no key."""
    chance = random.Random(7)
    keys = [[chance.randrange(8), chance.randrange(30)] for _ in range(60)]
    expected = [
        (a, b)
        for a, b in combinations(range(60), 2)
        if any(x and x == y for x, y in zip(keys[a], keys[b], strict=True))
    ]
    assert pairs(keys) == expected
    assert pairs([[5], [0], [5], [0], [5]]) == [(0, 2), (0, 4), (2, 4)]
    assert pairs([[0]]) == [] and candidate_pairs(np.empty((0, 3), dtype=np.uint32)).shape == (0, 2)


def test_in_a_crowd_only_neighbours_are_compared():
    assert len(pairs([[9]] * CROWD)) == CROWD * (CROWD - 1) // 2
    assert pairs([[9]] * (CROWD + 1)) == [(place, place + 1) for place in range(CROWD)]


CROWDS = {
    "one title": lambda number: {"title": "Synthetic proceedings of a meeting that is held again and again"},
    "editorials of one issue": lambda number: {"title": "Editorial", "pages": str(number)},
    "one DOI of a supplement": lambda number: {
        "title": f"Synthetic abstract {number} of many",
        "doi": "10.9999/supplement",
    },
    "one author": lambda number: {"title": f"Synthetic record {number} of one author", "authors": ("Alpha, Ann",)},
    "nothing told": lambda number: {"title": "", "journal": "", "volume": "", "published": ""},
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_the_number_of_pairs_grows_with_the_number_of_records(crowd):
    def record(number: int) -> Record:
        same = {"journal": "Journal of Synthetic Records", "volume": "12", "issue": "3", "published": "2020"}
        return Record(source="synthetic", accession=str(number), **(same | CROWDS[crowd](number)))

    keys = [keys_of(form_of(record(number))) for number in range(3000)]
    assert len(pairs(keys)) < 10 * len(keys)
