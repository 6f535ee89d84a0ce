"""How much a record is like those that people passed at titles and abstracts, to sort what waits; it excludes nothing.

Weighted words of title and abstract (TF-IDF) and a logistic regression, learnt anew from all decisions each time. On
the labelled records of a published review it helped to weigh a word by the logarithm of how often a text has it; pairs
of words, keywords and another strength of the penalty changed little.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from perennial.screening.standing import EXCLUDED, INCLUDED, Standing

ENOUGH = 5
"""Records of each kind, passed and excluded, from which something can be learnt."""
WORD = re.compile(r"\w\w+")


def decided(standings: Mapping[str, Mapping[str, Standing]]) -> dict[str, bool]:
    """Whether it passed, for each publication that its reviewers decided on at titles and abstracts.

    A vote that waits for another counts for nothing: the second reviewer would be led by the first.
    """
    first = {publication: stages["title_abstract"] for publication, stages in standings.items()}
    return {
        publication: at.state == INCLUDED
        for publication, at in first.items()
        if at.votes and at.state in (INCLUDED, EXCLUDED)
    }


def scores(records: Sequence[Mapping[str, Any]], labels: Mapping[str, bool]) -> dict[str, float] | None:
    """A score in 0..1 for each record that has a word; None where fewer than ENOUGH of either label have one.

    Passed and excluded records weigh the same however few there are of either, so that a score is no probability: its
    order counts. Those with a label have a score too, and what passed a high one, for the model was made from them.
    """
    told = sorted((record for record in records if words(record)), key=lambda record: record["record_id"])
    places = [place for place, record in enumerate(told) if record["record_id"] in labels]
    passed = [labels[told[place]["record_id"]] for place in places]
    if min(Counter(passed)[each] for each in (True, False)) < ENOUGH:
        return None

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    weights = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(told)
    # This solver goes through the records one by one, so that the number of cores does not show in the last digits.
    model = LogisticRegression(solver="liblinear", dual=True, class_weight="balanced", random_state=0, max_iter=1000)
    model.fit(weights[places], passed)
    likeness = model.predict_proba(weights)[:, 1]
    return {record["record_id"]: round(float(score), 6) for record, score in zip(told, likeness, strict=True)}


def words(record: Mapping[str, Any]) -> list[str]:
    return WORD.findall(f"{record.get('title', '')} {record.get('abstract', '')}".casefold())
