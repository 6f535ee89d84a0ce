"""The string that PubMed is sent, from the configuration."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perennial.search.strategy import Line, StrategyError, combine, pubmed_strategy, term_query

ROOT = Path(__file__).parents[2]
FILTERS = yaml.safe_load((ROOT / "workflow" / "search_filters.yaml").read_text(encoding="utf-8"))
BLOCKS = {"a": "A", "b": "B", "c": "C"}


@pytest.mark.parametrize(
    ("term", "query"),
    [
        ({"mesh": "Lymphoma, B-Cell"}, '"Lymphoma, B-Cell"[mh]'),
        ({"mesh": "Lymphoma, B-Cell", "explode": False}, '"Lymphoma, B-Cell"[mh:noexp]'),
        ({"mesh": "Lymphoma, B-Cell", "major": True}, '"Lymphoma, B-Cell"[majr]'),
        ({"mesh": "Lymphoma, B-Cell", "major": True, "explode": False}, '"Lymphoma, B-Cell"[majr:noexp]'),
        (
            {"mesh": "Neoplasms", "subheadings": ["drug therapy", "mortality"]},
            '("Neoplasms/drug therapy"[mh] OR "Neoplasms/mortality"[mh])',
        ),
        ({"supplementary": "mosunetuzumab"}, '"mosunetuzumab"[nm]'),
        ({"text": "bispecific  antibod*"}, '"bispecific antibod*"[tw]'),
        ({"text": "bispecific", "field": "tiab"}, '"bispecific"[tiab]'),
    ],
)
def test_a_term_is_written_as_pubmed_reads_it(term, query):
    assert term_query(term) == query


@pytest.mark.parametrize("text", ['a "quoted" word', "a [tagged] word"])
def test_a_term_that_would_escape_its_field_is_refused(text):
    with pytest.raises(StrategyError, match="write the words alone"):
        term_query({"text": text})


def test_blocks_filters_and_dates_make_one_string_and_stay_at_hand_one_by_one():
    definition = {
        "blocks": {
            "disease": {"label": "The disease", "any": [{"mesh": "Disease"}, {"text": "illness", "field": "tiab"}]},
            "drug": {"label": "The drug", "any": [{"supplementary": "drug x"}]},
        },
        "combine": "disease AND drug",
        "filters": ["cochrane_hsss_pubmed_2008_sensitivity"],
        "published": {"from": "2019-01-01", "to": "2024-06-30"},
    }
    strategy = pubmed_strategy(definition, FILTERS)
    assert strategy.query == (
        '(("Disease"[mh] OR "illness"[tiab]) AND "drug x"[nm]) AND '
        "((randomized controlled trial [pt] OR controlled clinical trial [pt] OR randomized [tiab] OR placebo [tiab] OR "
        "drug therapy [sh] OR randomly [tiab] OR trial [tiab] OR groups [tiab]) NOT (animals [mh] NOT humans [mh])) AND "
        '("2019/01/01"[dp] : "2024/06/30"[dp])'
    )
    assert list(strategy.blocks) == ["disease", "drug", "cochrane_hsss_pubmed_2008_sensitivity", "published"]
    assert strategy.blocks.keys() == strategy.labels.keys()
    assert strategy.lines[:3] == (
        Line("disease", '"Disease"[mh]'),
        Line("disease", '"illness"[tiab]'),
        Line("drug", '"drug x"[nm]'),
    )
    assert Line("cochrane_hsss_pubmed_2008_sensitivity", "animals [mh] NOT humans [mh]") in strategy.lines


def test_an_unknown_filter_is_named_with_those_that_exist():
    definition = {"blocks": {"a": {"label": "A", "any": [{"text": "a"}]}}, "combine": "a", "filters": ["nosuch"]}
    with pytest.raises(StrategyError, match=r"'nosuch' is not known. Remedy: use one of cochrane_hsss"):
        pubmed_strategy(definition, FILTERS)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("a AND b OR c", "different operators stand side by side. Remedy: add parentheses"),
        ("a AND (b OR c", "a parenthesis is not closed"),
        ("a) AND b", "closes more parentheses than it opens"),
        ("a b", "'b' stands where AND, OR or NOT should"),
        ("a AND d", "'d' is no block. Remedy: use one of a, b, c"),
        ("a and b", "'and' stands where AND, OR or NOT should"),
        ("a AND", "a block is missing at the end"),
        ("", "a block is missing at the end"),
        ("a NOT b NOT (c OR NOT a)", "'NOT' is no block"),
    ],
)
def test_a_combination_that_can_be_misread_is_refused(expression, said):
    with pytest.raises(StrategyError) as refused:
        combine(expression, BLOCKS)
    assert said in str(refused.value)


expressions = st.recursive(
    st.sampled_from(list(BLOCKS)),
    lambda inner: st.builds(
        lambda operator, parts: "(" + f" {operator} ".join(parts) + ")",
        st.sampled_from(["AND", "OR", "NOT"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


@given(expressions, st.data())
def test_a_combination_means_what_it_says(expression, data):
    """Read from left to right, as PubMed does, it is true of the same records as the expression it came from."""
    holds = {name: data.draw(st.booleans()) for name in BLOCKS}
    python = expression.replace("AND", "and").replace("OR", "or").replace("NOT", "and not")
    query = combine(expression, {name: str(value) for name, value in holds.items()})
    query = query.replace("AND", "and").replace("OR", "or").replace("NOT", "and not")
    assert eval(query) == eval(python, {}, holds)
