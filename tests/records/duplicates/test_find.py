"""Which records are found to be the same, a family or a question. All records here are synthetic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.records.duplicates.find import Answer, Duplicates, Pair, find_duplicates
from perennial.records.kinds import NOTICES
from perennial.records.record import Link, Record

TITLE = "Synthetic record seventeen about nothing that was ever measured"
NOTHING = {"volume": "", "issue": "", "pages": ""}


def record(name: str = "a", **values) -> Record:
    """A full record, but for what is told."""
    full = {
        "source": "synthetic",
        "accession": name,
        "title": TITLE,
        "authors": ("Alpha, Ann", "Beta, Bob", "Gamma, Guy"),
        "journal": "Journal of Synthetic Records",
        "volume": "12",
        "issue": "3",
        "pages": "229-239",
        "published": "2020",
    }
    return Record(**(full | values))


def find(*records: Record, answers: tuple[tuple[str, str, str], ...] = ()) -> Duplicates:
    """What is found, the same for either order of records and answers."""
    said = [Answer(f"synthetic:{a}", f"synthetic:{b}", relation) for a, b, relation in answers]
    found = find_duplicates(records, said)
    assert find_duplicates(records[::-1], said[::-1]) == found
    return found


def clusters(found: Duplicates) -> list[str]:
    """Clusters of records with names of one letter: ["ab", "cd"]."""
    return ["".join(name.partition(":")[2] for name in cluster) for cluster in found.clusters]


def names(pairs: list[Pair]) -> list[str]:
    return ["".join(name.partition(":")[2] for name in (pair.record_a, pair.record_b)) for pair in pairs]


def outcome(found: Duplicates) -> str:
    """What two records are found to be."""
    assert len(found.clusters) + len(found.families) + len(found.uncertain) <= 1
    return "same" if found.clusters else "family" if found.families else "uncertain" if found.uncertain else "different"


SAME = {
    "the same PMID, whatever the titles": ({"pmid": "17"}, {"pmid": "17", "title": "Another synthetic record"}),
    "the same PMCID": ({"pmcid": "PMC1700"}, {"pmcid": "PMC1700", "title": "Another synthetic record"}),
    "the same DOI and title": (
        {"doi": "10.9999/a"},
        {"doi": "10.9999/a", "authors": (), "published": "2023", **NOTHING},
    ),
    "other ways to write": (
        {},
        {"authors": ("Alpha, A.", "Beta, B.", "Gamma, G."), "title": TITLE.upper() + ".", "pages": "229-39"},
    ),
    "a language told": ({}, {"title": f"[{TITLE}]. [Klingon]", "issue": ""}),
    "a title without its subtitle": ({"title": f"{TITLE}: a synthetic trial"}, {}),
    "a misprint": ({"issue": "²"}, {"issue": "²", "title": TITLE.replace("measured", "measurd")}),
    "a misprint at the beginning, and no more known": (
        NOTHING,
        {"title": "Sintetic" + TITLE.removeprefix("Synthetic"), **NOTHING},
    ),
    "no year": ({"published": ""}, {"published": "", "issue": ""}),
    "printed in the year after it came online": ({}, {"published": "2021"}),
    "the same publication, since retracted": ({}, {"title": f"RETRACTED: {TITLE}"}),
    "only one database calls it a comment": ({"kind": "comment"}, {}),
    "only one database calls it an abstract": ({"kind": "conference_abstract", "pages": "S7"}, {"pages": "S7-S8"}),
    "only one database calls it a preprint": (
        {"kind": "preprint", "doi": "10.9999/a", "journal": "", **NOTHING},
        {"doi": "10.9999/a", **NOTHING},
    ),
    "a page and an item on it": (
        {"pages": "A175", "issue": "10 Suppl 1", "abstract": f"{TITLE}, and nothing was found."},
        {"pages": "A175.E1638", "issue": "", "abstract": f"{TITLE}, and nothing was found."},
    ),
    "a title in another alphabet": ({"title": "合成记录十七号"}, {"title": "合成记录十七号。"}),
    "a title in another alphabet and the DOI": (
        {"title": "关于没有测量任何东西", "doi": "10.9999/a", **NOTHING},
        {"title": "关于没有测量任何东西", "doi": "10.9999/a", "authors": ()},
    ),
    "two editorials at one place": ({"title": "Editorial"}, {"title": "Editorial."}),
    "two errata that agree in everything": (
        {"title": f"Correction: {TITLE}", "kind": "erratum"},
        {"title": f"Erratum to “{TITLE}”", "kind": "erratum"},
    ),
    "two registrations of one number": (
        {"kind": "trial_registration", "registry_ids": ("NCT00000017",), "authors": (), "title": "A synthetic trial"},
        {"kind": "trial_registration", "registry_ids": ("NCT00000017",), "authors": (), **NOTHING},
    ),
}
FAMILY = {
    "a correction with the pages and the DOI of its article": (
        {"doi": "10.9999/a"},
        {"doi": "10.9999/a", "title": f"Correction: {TITLE}", "kind": "erratum"},
    ),
    "an erratum by its type only": ({}, {"kind": "erratum"}),
    "a retraction notice": ({}, {"title": f"Retraction: {TITLE}", "kind": "retraction_notice"}),
    "an expression of concern": ({}, {"title": f"Expression of Concern: {TITLE}", "kind": "expression_of_concern"}),
    "a comment of others": (
        {},
        {
            "title": f"Comment on “{TITLE}”",
            "kind": "comment",
            "authors": ("Omega, Oz",),
            "pages": "400",
            "published": "2021",
        },
    ),
    "a preprint": ({}, {"kind": "preprint", "journal": "", **NOTHING}),
    "a preprint by its DOI": ({"doi": "10.9999/a"}, {"doi": "10.1101/2020.01.01.20000017", "journal": "", **NOTHING}),
    "a preprint by its server": ({}, {"journal": "medRxiv", **NOTHING}),
    "a conference abstract": (
        {},
        {
            "kind": "conference_abstract",
            "journal": "Synthetic Meetings",
            "volume": "7",
            "pages": "S7",
            "published": "2019",
        },
    ),
    "an abstract by its supplement": (
        {"published": "2021", "volume": "13"},
        {"issue": "Suppl 1", "pages": "S7", "published": "2020", "journal": "Synthetic Meetings"},
    ),
    "a registration with the title of its report": ({}, {"kind": "trial_registration", "authors": (), **NOTHING}),
}
UNCERTAIN = {
    "one without a title, the same DOI": ({"doi": "10.9999/a"}, {"doi": "10.9999/a", "title": "#NAME?"}),
    "one without a title, the same place": ({}, {"title": ""}),
    "one title translated": ({}, {"title": "Relatio septima decima de nulla re"}),
    "the same DOI and title, but two PMIDs": ({"doi": "10.9999/a", "pmid": "17"}, {"doi": "10.9999/a", "pmid": "18"}),
    "all details agree, but two PMIDs": ({"pmid": "17"}, {"pmid": "18"}),
    "the same PMID, but one is an erratum": (
        {"pmid": "17"},
        {"pmid": "17", "title": "Erratum: another synthetic record", "kind": "erratum"},
    ),
    "two editorials at one place with two DOIs": (
        {"title": "Editorial", "doi": "10.9999/a"},
        {"title": "Editorial", "doi": "10.9999/b"},
    ),
    "titles that begin alike, and nothing against it": (
        {"title": f"{TITLE} in mice at night", **NOTHING},
        {"title": f"{TITLE} by persons of old age", **NOTHING},
    ),
    "an annual report and that of the next year": (NOTHING, {"published": "2021", **NOTHING}),
    "two errata of one article": (
        {"title": f"Correction: {TITLE}", "kind": "erratum", **NOTHING},
        {"title": f"Erratum: {TITLE}", "kind": "erratum"},
    ),
    "two abstracts of one meeting": (
        {"kind": "conference_abstract", "pages": "S7"},
        {"kind": "conference_abstract", "pages": "S8", "title": TITLE.replace("measured", "counted")},
    ),
    "an abstract in a supplement of the same year": ({}, {"issue": "Suppl 1", "pages": "S7"}),
}
DIFFERENT = {
    "two abstracts with the DOI of their supplement": (
        {"doi": "10.9999/a", "pages": "S7"},
        {"doi": "10.9999/a", "pages": "S8", "title": "Another synthetic abstract about something else entirely"},
    ),
    "part one and part two": (
        {"title": f"{TITLE}. Part I", "pages": "229-239"},
        {"title": f"{TITLE}. Part II", "pages": "240-251"},
    ),
    "annual reports": ({"volume": "", "pages": ""}, {"volume": "", "pages": "", "published": "2022"}),
    "an update of a review at the same place": (
        {"doi": "10.9999/14651858.x.pub2", "pages": "CD000017", "volume": "3"},
        {"doi": "10.9999/14651858.x.pub3", "pages": "CD000017", "volume": "3", "published": "2024"},
    ),
    "editorials of one journal": (
        {"title": "Editorial", **NOTHING},
        {"title": "Editorial", "authors": ("Omega, Oz",), **NOTHING},
    ),
    "introductions with the DOI of their supplement": (
        {"title": "Introduction", "doi": "10.9999/a", "pages": "S1"},
        {"title": "Introduction", "doi": "10.9999/a", "pages": "S90", "authors": ("Omega, Oz",)},
    ),
    "one title by different people": (NOTHING, {"authors": ("Omega, Oz", "Psi, Pia"), **NOTHING}),
    "replies on one page": ({"title": "Response"}, {"title": "Response", "authors": ("Omega, Oz", "Psi, Pia")}),
    "replies of one author": (
        {"title": "Reply"},
        {"title": "Reply", "volume": "15", "pages": "7", "published": "2022"},
    ),
    "reports of one trial": (
        {"registry_ids": ("NCT00000017",)},
        {"registry_ids": ("NCT00000017",), "title": "Later synthetic results in another subgroup", "pages": "400"},
    ),
    "records without titles": ({"title": "#NAME?", **NOTHING}, {"title": "#NAME?", **NOTHING}),
    "an erratum and a retraction of one article": (
        {"title": f"Correction: {TITLE}", "kind": "erratum"},
        {"title": f"Retraction: {TITLE}", "kind": "retraction_notice"},
    ),
}
CASES = {"same": SAME, "family": FAMILY, "uncertain": UNCERTAIN, "different": DIFFERENT}


@pytest.mark.parametrize(
    ("expected", "name"),
    [(expected, name) for expected, cases in CASES.items() for name in cases],
    ids=lambda value: value,
)
def test_pairs(expected, name):
    one, other = CASES[expected][name]
    for first, second in ("ab", "ba"):
        assert outcome(find(record(first, **one), record(second, **other))) == expected


@pytest.mark.parametrize("number", range(6))
def test_a_missing_subtitle_is_seen_whichever_of_two_comes_first(number):
    """Which record bib-dedupe sees first would otherwise be left to chance."""
    title = f"Synthetic record {number}"
    long, short = record("a", title=f"{title}: nothing that was ever measured"), record("b", title=title, issue="")
    assert outcome(find(long, short)) == "same"


def test_reasons_are_told():
    found = find(
        record("a", pmid="17"),
        record("b", pmid="17", title="Another synthetic record"),
        record("c", title=f"Correction: {TITLE}", kind="erratum"),
        record("d", title="", doi="10.9999/d"),
    )
    assert found.why == [Pair("synthetic:a", "synthetic:b", "same PMID")]
    assert [pair.why for pair in found.families] == ["synthetic:c is an erratum of synthetic:a, by kind and title"]
    assert found.uncertain == [Pair("synthetic:a", "synthetic:d", "same author, year, volume, page")]


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("a", Link("ErratumIn", "pmid:18")),
        ("b", Link("ErratumFor", "pmid:17")),
        ("b", Link("Erratum for", "10.9999/a")),
    ],
)
def test_families_by_the_links_of_a_database(name, link):
    """Whatever the titles say, and though the DOI is the same."""
    one = Record(source="pmid", accession="17", title=TITLE, doi="10.9999/a", links=(link,) if name == "a" else ())
    other = Record(source="pmid", accession="18", title=TITLE, doi="10.9999/a", links=(link,) if name == "b" else ())
    found = find_duplicates([other, one])
    assert found.families == [Pair("pmid:17", "pmid:18", "pmid:18 is an erratum of pmid:17, by a database's link")]
    assert not (found.clusters or found.uncertain or found.contradictions)


def test_a_family_is_told_once_for_two_clusters_and_best_by_a_database():
    articles = [Record(source="pmid", accession="17", title=TITLE), record("a", pmid="17")]
    links = (Link("ErratumFor", "pmid:17"),)
    notices = [
        Record(source="pmid", accession="18", title=f"Correction: {TITLE}", kind="erratum", links=links),
        record("b", pmid="18", title=f"Correction: {TITLE}", kind="erratum"),
    ]
    found = find_duplicates([*articles, *notices])
    assert len(found.clusters) == 2
    assert [pair.why for pair in found.families] == ["pmid:18 is an erratum of pmid:17, by a database's link"]


def test_a_link_to_what_is_only_cited_relates_nothing():
    one = record("a", links=(Link("CommentOn", "", "A citation"),))
    assert find(one, record("b", title="Another synthetic record", doi="")).families == []


def test_a_chain_never_joins_an_article_with_a_notice_or_two_pmids():
    """Each link of the chain is sound, the whole is not."""
    chain = [
        record("a", pmid="17", doi="10.9999/a"),
        record("b", doi="10.9999/a"),
        record("c", pmid="18", doi="10.9999/a", published="2021"),
    ]
    found = find(*chain)
    assert clusters(found) == ["ab"] and len(found.uncertain) == 1
    notice = record("d", kind="erratum", title="Erratum.", pmcid="PMC1700")
    untold = record("e", pmcid="PMC1700")
    found = find(record("a"), untold, notice)
    assert clusters(found) == ["ae"]
    assert [pair.why for pair in found.uncertain] == ["same PMCID, but erratum against no notice or registration"]


def test_a_chain_never_joins_what_has_other_titles_pages_and_dois():
    """The third is either of the two."""
    one = record("a", title=f"{TITLE}: one way to go about it in the field", doi="10.9999/a")
    other = record("b", title=f"{TITLE}. Quite another subject", doi="10.9999/b", pages="7-9")
    either = record("c", pages="")
    assert clusters(find(one, either)) == ["ac"] and clusters(find(other, either)) == ["bc"]
    found = find(one, other, either)
    assert clusters(found) == ["ac"] and names(found.uncertain) == ["bc"]
    assert found.uncertain[0].why.endswith("but synthetic:a and synthetic:b have other titles, pages and DOIs")


def test_a_person_joins_what_nothing_else_would():
    pair = record("a"), record("b", title="Another synthetic record", published="1999", **NOTHING)
    found = find(*pair, answers=(("b", "a", "same"),))
    assert clusters(found) == ["ab"] and found.why[0].why == "a person's answer"
    notice = record("b", title=f"Correction: {TITLE}", kind="erratum")
    found = find(record("a"), notice, record("c"), answers=(("a", "b", "same"), ("a", "c", "same")))
    assert clusters(found) == ["abc"] and not (found.families or found.uncertain)


def test_a_person_holds_apart_also_what_others_would_join():
    found = find(record("a"), record("b"), record("c"), answers=(("a", "c", "family"),))
    assert clusters(found) == ["ab"] and names(found.families) == ["ac"]
    found = find(record("a"), record("b"), record("c"), answers=(("a", "c", "different"),))
    assert clusters(found) == ["ab"]
    assert (
        names(found.contradictions) == ["bc"]
        and "holds synthetic:a and synthetic:c apart" in found.contradictions[0].why
    )
    assert not found.uncertain
    found = find(record("a"), record("b"), answers=(("a", "b", "different"),))
    assert found == Duplicates([], [], [], [], [])


def test_a_family_by_a_person():
    found = find(record("a"), record("b"), answers=(("a", "b", "family"),))
    assert not found.clusters and found.families == [Pair("synthetic:a", "synthetic:b", "a person's answer")]
    erratum = record("b", title=f"Correction: {TITLE}", kind="erratum")
    assert find(record("a"), erratum, answers=(("a", "b", "different"),)).families == []


def test_answers_that_contradict_each_other_are_told_and_hold_apart():
    three = record("a"), record("b", title="Another synthetic record"), record("c", title="A third synthetic record")
    found = find(*three, answers=(("a", "b", "same"), ("b", "c", "same"), ("a", "c", "different")))
    assert clusters(found) == ["ab"] and names(found.contradictions) == ["bc"]
    for other in ("different", "family"):
        found = find(record("a"), record("b"), answers=(("a", "b", "same"), ("b", "a", other)))
        assert not (found.clusters or found.families)
        assert found.contradictions == [Pair("synthetic:a", "synthetic:b", f"answered as {other} and as same")]


def test_a_question_is_asked_once_for_two_clusters_and_not_again_when_answered():
    first = [record(name, doi="10.9999/a", pmid="17") for name in "ab"]
    second = [record(name, doi="10.9999/a", pmid="18") for name in "cd"]
    found = find(*first, *second)
    assert clusters(found) == ["ab", "cd"] and len(found.uncertain) == 1
    (asked,) = names(found.uncertain)
    assert find(*first, *second, answers=((*asked, "different"),)).uncertain == []
    assert clusters(find(*first, *second, answers=((*asked, "same"),))) == ["abcd"]


def test_the_likelier_comes_first():
    found = find(
        record("a", **NOTHING),
        record("b", published="2021", **NOTHING),
        record("c", title="Quite another synthetic title of a record", authors=("Omega, Oz",), pages="7"),
        record("d", title="", authors=("Omega, Oz",), pages="7"),
    )
    assert names(found.uncertain) == ["ab", "cd"]


def test_records_of_one_name_and_broken_answers_are_refused():
    with pytest.raises(ValueError, match=r"two records are called synthetic:a\. Remedy"):
        find_duplicates([record("a"), record("a", title="Another")])
    for answer in (Answer("x", "y", "identical"), Answer("x", "x", "same")):
        with pytest.raises(ValueError, match="is no answer"):
            find_duplicates([], [answer])


def test_nothing_and_answers_about_records_that_are_not_there():
    assert find_duplicates([]) == Duplicates([], [], [], [], [])
    found = find(record("a"), answers=(("a", "z", "same"), ("y", "z", "different")))
    assert found == Duplicates([], [], [], [], [])


# What holds whatever the records and the answers are.

RECORDS = st.builds(
    record,
    name=st.just(""),
    title=st.sampled_from(
        [TITLE, TITLE + ": a trial", f"Correction: {TITLE}", "Reply", "", "Another synthetic record of many"]
    ),
    kind=st.sampled_from(["article"] * 4 + ["erratum", "preprint", "conference_abstract", "comment"]),
    authors=st.sampled_from([("Alpha, Ann", "Beta, Bob"), ("Alpha A",), ("Omega, Oz",), ()]),
    volume=st.sampled_from(["12", "", "13 Suppl 1"]),
    pages=st.sampled_from(["229-239", "", "S7", "229"]),
    published=st.sampled_from(["2020", "2021", "2025", ""]),
    doi=st.sampled_from(["", "10.9999/a", "10.9999/b"]),
    pmid=st.sampled_from(["", "", "17", "18"]),
)
SETS = st.lists(RECORDS, min_size=2, max_size=9).map(
    lambda made: [replace_name(each, letter) for each, letter in zip(made, "abcdefghi", strict=False)]
)
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from("abcdefghi"), st.sampled_from("abcdefghi"), st.sampled_from(["same", "family", "different"])
    ),
    max_size=5,
).map(lambda said: tuple((a, b, relation) for a, b, relation in said if a != b))


def replace_name(made: Record, name: str) -> Record:
    return Record.from_dict(made.to_dict() | {"accession": name})


@settings(max_examples=40)
@given(SETS, ANSWERS, st.randoms(use_true_random=False))
def test_what_always_holds(records, answers, chance):
    said = [Answer(f"synthetic:{a}", f"synthetic:{b}", relation) for a, b, relation in answers]
    found = find_duplicates(records, said)
    assert find_duplicates(chance.sample(records, len(records)), chance.sample(said, len(said))) == found
    kinds = {each.record_id: each.kind for each in records}
    place = {member: number for number, cluster in enumerate(found.clusters) for member in cluster}
    assert sum(map(len, found.clusters)) == len(place) <= len(records)
    assert found.clusters == sorted(tuple(sorted(cluster)) for cluster in found.clusters)

    def together(a: str, b: str) -> bool:
        return a in place and place[a] == place.get(b)

    said = {}
    for a, b, relation in answers:
        if f"synthetic:{a}" in kinds and f"synthetic:{b}" in kinds:
            said.setdefault(tuple(sorted((f"synthetic:{a}", f"synthetic:{b}"))), set()).add(relation)
    contradicted = {(pair.record_a, pair.record_b) for pair in found.contradictions}
    for pair, relations in said.items():
        assert not (together(*pair) and relations != {"same"})
        assert together(*pair) or relations != {"same"} or pair in contradicted
    if not any("same" in relations for relations in said.values()):
        for cluster in found.clusters:
            notices = {kinds[each] if kinds[each] in NOTICES - {"comment"} else "" for each in cluster}
            pmids = {each.pmid for each in records if each.record_id in cluster} - {""}
            assert len(notices) == 1 and len(pmids) <= 1
    for pair in (*found.families, *found.uncertain):
        assert pair.record_a < pair.record_b and not together(pair.record_a, pair.record_b)
    assert not {(pair.record_a, pair.record_b) for pair in found.uncertain} & said.keys()
    assert len(found.why) == sum(len(cluster) - 1 for cluster in found.clusters)
    assert all(together(pair.record_a, pair.record_b) for pair in found.why)


TEXTS = st.text(max_size=40)


@settings(max_examples=25)
@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(
                ["title", "journal", "volume", "issue", "pages", "published", "abstract", "doi", "pmid"], TEXTS
            )
            | {"authors": st.lists(TEXTS, max_size=3).map(tuple)}
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_text_can_stand_in_any_field(made):
    """Twice each, so that bib-dedupe is asked about them."""
    twice = [record(f"{number}{half}", **values) for number, values in enumerate(made) for half in "ab"]
    nearly = [replace_name(each, f"{each.accession}x") for each in twice]
    find(*twice, *(Record.from_dict(each.to_dict() | {"title": each.title + " x"}) for each in nearly))


def test_it_is_quiet(capfd):
    find(record("a"), record("b", title=TITLE + ": x"))
    assert capfd.readouterr() == ("", "")
