"""People stand by their roles, and by name only where the protocol gives one."""

from types import SimpleNamespace

from perennial.export.people import contributors
from perennial.tables import Row

ORCID = "https://orcid.org/0000-0002-1825-0097"


def review(**people):
    row = Row(record_id="x:1", reviewer="first pass", note="by somebody")
    row.file = "data/screening/decisions.csv"
    other = Row(row_id="a", extractor="ab")
    other.file = "data/extraction/outcomes.csv"
    tables = [SimpleNamespace(rows=[row]), SimpleNamespace(rows=[other])]
    return SimpleNamespace(config={"review": {"people": people}}, evidence=SimpleNamespace(tables=tables))


def test_nobody_is_named_who_is_not_named_in_the_protocol():
    found = contributors(review())
    assert {person["name"] for person in found.entities} == {"first pass", "ab"}
    assert found.tables["data/screening/decisions.csv"] == ["#role-first-pass"]


def test_somebody_who_wants_to_be_named_is():
    found = contributors(review(ab={"name": "Ada Example", "orcid": ORCID}))
    assert found.tables["data/extraction/outcomes.csv"] == [ORCID]
    (ada,) = [person for person in found.entities if person["@id"] == ORCID]
    assert (ada["name"], ada["alternateName"]) == ("Ada Example", "ab")
