"""What kind of publication a title tells of."""

import pytest

from perennial.records.kinds import kind_of, subject_of


@pytest.mark.parametrize(
    ("title", "kind", "subject"),
    [
        ("Correction: Synthetic record 17", "erratum", "Synthetic record 17"),
        ("Correction to: Synthetic record 17", "erratum", "Synthetic record 17"),
        ("Author Correction: Synthetic record 17", "erratum", "Synthetic record 17"),
        ("Correction for “Synthetic record 17”", "erratum", "Synthetic record 17"),
        ("Correction for Synthetic et al., record 17", "erratum", "Synthetic et al., record 17"),
        ("Corrigendum to “Synthetic record 17”", "erratum", "Synthetic record 17"),
        ("Erratum.", "erratum", ""),
        ("Retraction Note: Synthetic record 17", "retraction_notice", "Synthetic record 17"),
        ("Retraction notice to “Synthetic record 17”", "retraction_notice", "Synthetic record 17"),
        ("Expression of Concern: Synthetic record 17", "expression_of_concern", "Synthetic record 17"),
        ("Comment on “Synthetic record 17”", "comment", "Synthetic record 17"),
        ("Re: Synthetic record 17", "comment", "Synthetic record 17"),
        ("Authors’ reply", "comment", ""),
        ("Author's response to synthetic record 17", "comment", "synthetic record 17"),
        ("RETRACTED: Synthetic record 17", "article", ""),
        ("Correction for synthetic noise", "article", ""),
        ("Correction of synthetic noise", "article", ""),
        ("Corrections-based synthesis", "article", ""),
        ("Retraction of a synthetic lung", "article", ""),
        ("Response to synthetic drugs", "article", ""),
        ("Record synthesis", "article", ""),
    ],
)
def test_titles_tell_notices_from_articles(title, kind, subject):
    assert (kind_of(title), subject_of(title)) == (kind, subject)


def test_types_of_a_database_come_before_the_title_but_for_comments():
    assert kind_of("Synthetic record 17", ["Published Erratum"]) == "erratum"
    assert kind_of("Synthetic record 17", ["Journal Article", "Preprint"]) == "preprint"
    assert kind_of("Correction: Synthetic record 17", ["Comment"]) == "erratum"
    assert kind_of("Synthetic record 17", ["Comment"]) == "comment"
    assert kind_of("Synthetic record 17", ["Retracted Publication"]) == "article"
