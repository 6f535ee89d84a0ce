"""How far reviewers agree: for each stage and each pair of them, on the publications that both judged."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from perennial.screening.standing import STAGES, Standing
from perennial.stats.agreement import agreement

OFFERED = ("include", "exclude", "maybe")


def pairwise_agreement(standings: Mapping[str, Mapping[str, Standing]], level: float) -> list[dict[str, Any]]:
    """For each stage and pair of reviewers: the statistics, and how many publications only one of the two judged."""
    told = []
    for stage in STAGES:
        votes = [{vote["reviewer"]: vote["decision"] for vote in each[stage].votes} for each in standings.values()]
        reviewers = sorted({reviewer for each in votes for reviewer in each})
        for one, other in combinations(reviewers, 2):
            both = [each for each in votes if one in each and other in each]
            table = [[sum((each[one], each[other]) == (a, b) for each in both) for b in OFFERED] for a in OFFERED]
            told.append(
                {
                    "stage": stage,
                    "reviewers": [one, other],
                    "categories": list(OFFERED),
                    "table": table,
                    "only_one": sum((one in each) != (other in each) for each in votes),
                    **agreement(table, level).to_dict(),
                }
            )
    return told
