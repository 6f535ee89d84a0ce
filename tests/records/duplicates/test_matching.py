"""bib-dedupe is asked in a faster way than its own, and says what it says by itself."""

import numpy as np
import pandas as pd
import pytest
from bib_dedupe.match import match
from bib_dedupe.prep import prep

from perennial.records.duplicates.blocking import candidate_pairs, keys_of
from perennial.records.duplicates.forms import form_of
from perennial.records.duplicates.matching import matches, prepared
from perennial.records.record import Record


@pytest.fixture(scope="module")
def stroke(labelled) -> list[Record]:
    return labelled("stroke")[0][:700]


@pytest.fixture(scope="module")
def as_it_prepares(stroke) -> pd.DataFrame:
    rows = [
        {
            "ID": record.record_id,
            "ENTRYTYPE": "article",
            "author": " and ".join(record.authors),
            "title": record.title,
            "journal": record.journal,
            "year": record.year,
            "volume": record.volume,
            "number": record.issue,
            "pages": record.pages,
            "abstract": record.abstract,
            "doi": record.doi,
        }
        for record in stroke
    ]
    return prep(pd.DataFrame(rows), cpu=1)


def test_fields_are_prepared_as_bib_dedupe_prepares_them(stroke, as_it_prepares):
    ours = pd.DataFrame([prepared(record) for record in stroke])
    theirs = as_it_prepares[ours.columns].reset_index(drop=True)
    differing = [
        (field, mine, its)
        for field in ours.columns
        for mine, its in zip(ours[field], theirs[field], strict=True)
        if mine != its
    ]
    assert differing == []


def test_verdicts_and_similarities_are_those_of_bib_dedupe(stroke, as_it_prepares):
    keys = np.array([keys_of(form_of(record)) for record in stroke], dtype=np.uint32)
    pairs = [(a, b) for a, b in candidate_pairs(keys).tolist()]
    one = as_it_prepares.iloc[[a for a, _ in pairs]].reset_index(drop=True).add_suffix("_1")
    other = as_it_prepares.iloc[[b for _, b in pairs]].reset_index(drop=True).add_suffix("_2")
    told = match(pd.concat([one, other], axis=1), cpu=1)
    same = told[told["duplicate_label"] == "duplicate"]
    expected = set(zip(same["ID_1"], same["ID_2"], strict=True))
    ours = list(matches(stroke, pairs))
    found = {(stroke[a].record_id, stroke[b].record_id) for (a, b), each in zip(pairs, ours, strict=True) if each.same}
    assert len(expected) > 100 and found == expected
    assert all(0 <= value <= 1 for each in ours for value in each[1:])
