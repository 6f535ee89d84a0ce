"""The methods say what the configuration says: a setting that is changed changes its sentence, and no other card does."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from perennial.report.methods import methods

ROOT = Path(__file__).parents[2]
LITERATURE = r"[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]*)* \d+:\d+"

CARD = {
    "review": {"title": "A title", "question": "Does it work?", "registration": "PROSPERO 1"},
    "search": {
        "sources": ["pubmed", "clinicaltrials", "europepmc", "crossref"],
        "combine": "The disease AND The drug",
        "limits": ["A filter (Its source)", "Date of publication (dp) from 2019-01-01"],
        "clinicaltrials": {"condition": "a disease", "intervention": "a drug"},
        "europepmc": {"query": "disease AND drug", "from": "2019-01-01"},
    },
    "level": 0.95,
    "heterogeneity": {"low": 25, "moderate": 50},
    "primary_model": "published",
    "outcomes": [
        {"id": "orr", "label": "Overall response", "abbreviation": "ORR", "kind": "proportion"},
        {"id": "cr", "label": "Complete response", "abbreviation": "CR", "kind": "proportion", "within": "orr"},
        {"id": "pfs", "label": "Median survival", "abbreviation": "PFS", "kind": "median"},
        {"id": "lasting", "label": "Response that lasts", "abbreviation": "DOR rate", "kind": "rate"},
    ],
    "groups": [
        {"id": "mono", "label": "Alone", "where": {"prior_cart": ["yes"], "strategy": ["monotherapy", "switch"]}},
        {"id": "both", "label": "Together", "where": {"prior_cart": ["yes"], "strategy": ["combination"]}},
    ],
    "models": [
        {
            "id": "published",
            "label": "As published",
            "method": "inverse_variance",
            "transformation": "freeman_tukey",
            "tau2": "DL",
            "interval": "wald",
        },
        {"id": "glmm", "label": "Recommended", "method": "glmm", "quadrature_points": 7, "interval": "t"},
        {"id": "glmm_z", "label": "Narrow", "method": "glmm", "quadrature_points": 7, "interval": "wald"},
        {
            "id": "hk",
            "label": "Logit",
            "method": "inverse_variance",
            "transformation": "logit",
            "tau2": "REML",
            "interval": "hartung_knapp",
        },
    ],
    "comparisons": [{"id": "regimen", "label": "Regimen", "groups": ["mono", "both"]}],
    "bias_sets": {"all": "All arms", "some": "Some arms"},
    "bias_tests": [
        {"id": "printed", "label": "As printed", "set": "all", "effect": "raw"},
        {"id": "right", "label": "As it should be", "set": "some", "effect": "freeman_tukey"},
    ],
    "characteristics": [["regimen", "Treatment"], ["n", "Patients"]],
    "arms": {},
    "assessors": ["independent", "not_stated", "investigator"],
    "minimum_patients": 10,
    "within_trials": [{"id": "w", "first": "Before", "second": "After", "randomised": "no"}],
    "multiverse": {
        "measures": ["logit", "glmm"],
        "tau2": ["DL"],
        "intervals": ["wald"],
        "rules": [{"id": "every", "label": "All arms"}],
    },
    "priors": [{"prior": "half_normal", "scale": 0.5}],
    "eligible_studies": {"adult": ["yes"]},
    "reviewers": {"title_abstract": 2, "full_text": 1},
    "extractors": 2,
    "appraisers": 2,
    "living": [{"key": "retirement", "label": "Retirement", "text": "A made-up plan.", "missing": "", "remedy": ""}],
    "checklists": [["A checklist", "Its source, 2020."]],
    "enough_studies": 10,
}


def changed(*path, to) -> dict:
    card = copy.deepcopy(CARD)
    *way, last = path
    place = card
    for key in way:
        place = place[key]
    place[last] = to
    return card


def section(heading: str, card: dict = CARD) -> str:
    return "\n".join(dict(methods(card))[heading])


def whole(card: dict = CARD) -> str:
    return "\n".join(section(heading, card) for heading, _ in methods(card))


def of_model(card: dict, position: int) -> str:
    return dict(methods(card))["Statistical models"][position + 1]


def test_headings_in_the_order_of_a_review_and_no_empty_paragraph():
    assert [heading for heading, _ in methods(CARD)] == [
        "Question",
        "Searches",
        "Living mode",
        "Screening",
        "Eligibility and data",
        "Risk of bias of each study",
        "Outcomes and groups",
        "Statistical models",
        "Heterogeneity and prediction",
        "Comparisons",
        "Sensitivity",
        "Funnel plot asymmetry",
        "Tables and figures",
    ]
    for _, paragraphs in methods(CARD):
        assert paragraphs and all(text == text.strip() and text.endswith((".", "?")) for text in paragraphs)


def test_only_the_card_decides():
    before = copy.deepcopy(CARD)
    assert methods(CARD) == methods(copy.deepcopy(CARD))
    assert before == CARD


@pytest.mark.parametrize(
    ("path", "to", "heading", "new"),
    [
        (("review", "question"), "Is it safe?", "Question", "Is it safe?"),
        (("review", "registration"), "PROSPERO 2", "Question", "Registration: PROSPERO 2."),
        (("minimum_patients",), 7, "Eligibility and data", "fewer than 7 patients"),
        (("eligible_studies",), {"adult": ["yes", "unclear"]}, "Eligibility and data", "where adult is yes or unclear"),
        (("reviewers",), {"title_abstract": 3, "full_text": 0}, "Screening", "3 reviewers judge each record on titles"),
        (("extractors",), 1, "Eligibility and data", "where 1 extractor agrees on it"),
        (("appraisers",), 1, "Risk of bias of each study", "1 appraiser answers each item of: A checklist"),
        (("checklists",), [], "Risk of bias of each study", "is not appraised"),
        (("living", 0, "text"), "Another plan.", "Living mode", "Retirement: Another plan."),
        (("living",), [], "Living mode", "does not say how the review is kept living."),
        (("within_trials", 0, "first"), "Early", "Comparisons", "Early against After within each trial"),
        (("within_trials", 0, "randomised"), "some", "Comparisons", "Not every trial randomised the groups."),
        (("multiverse", "tau2"), ["PM", "ML"], "Sensitivity", "τ² (PM, ML; maximum"),
        (("priors", 0, "scale"), 2, "Sensitivity", "half-normal of scale 2"),
        (("minimum_patients",), 1, "Eligibility and data", "Arms of any size"),
        (
            ("assessors",),
            ["investigator", "independent"],
            "Eligibility and data",
            "those by the investigators, then an independent committee are taken",
        ),
        (("outcomes", 0, "label"), "Any response", "Outcomes and groups", "Pooled as proportions: Any response (ORR)"),
        (
            ("outcomes", 1, "within"),
            "other",
            "Outcomes and groups",
            "Every event of Complete response also counts for other.",
        ),
        (
            ("outcomes", 3, "kind"),
            "median",
            "Outcomes and groups",
            "medians: Median survival (PFS), Response that lasts (DOR rate).",
        ),
        (("groups", 1, "label"), "In combination", "Outcomes and groups", "In combination: arms whose"),
        (
            ("groups", 0, "where", "strategy"),
            ["first"],
            "Outcomes and groups",
            "Alone: arms whose prior cart is yes and strategy is first.",
        ),
        (("primary_model",), "glmm", "Statistical models", "leads with the model “Recommended”"),
        (("models", 0, "label"), "As it was", "Statistical models", "As it was: inverse-variance"),
        (("heterogeneity", "low"), 40, "Heterogeneity and prediction", "low up to an I² of 40%, moderate up to 50%"),
        (("heterogeneity", "moderate"), 62.5, "Heterogeneity and prediction", "moderate up to 62.5%"),
        (("comparisons", 0, "label"), "Choice", "Comparisons", "Choice: Together against Alone."),
        (("comparisons", 0, "groups"), ["both", "mono"], "Comparisons", "Regimen: Alone against Together."),
        (("comparisons",), [], "Comparisons", "No groups of different studies are compared."),
        (("bias_tests", 0, "label"), "As found", "Funnel plot asymmetry", "As found: All arms;"),
        (("bias_tests", 0, "set"), "some", "Funnel plot asymmetry", "As printed: Some arms;"),
        (("bias_tests", 0, "effect"), "freeman_tukey", "Funnel plot asymmetry", "As printed: All arms; estimate and"),
        (("bias_sets", "all"), "Every arm", "Funnel plot asymmetry", "As printed: Every arm;"),
        (("bias_tests",), [], "Funnel plot asymmetry", "not tested"),
        (("enough_studies",), 12, "Funnel plot asymmetry", "fewer than 12 studies it is underpowered"),
        (("characteristics",), [["n", "Size"]], "Tables and figures", "of each arm: Size."),
    ],
)
def test_a_changed_setting_changes_its_sentence(path, to, heading, new):
    assert new not in whole()
    assert new in section(heading, changed(*path, to=to))


@pytest.mark.parametrize(
    ("position", "setting", "to", "new"),
    [
        (0, "transformation", "logit", "Transformation: log odds"),
        (0, "tau2", "REML", "τ²: restricted maximum likelihood"),
        (0, "interval", "hartung_knapp", "95% interval: Hartung-Knapp"),
        (1, "quadrature_points", 21, "quadrature with 21 points."),
        (1, "quadrature_points", 1, "quadrature with 1 point."),
        (1, "interval", "wald", "95% interval: Wald (normal)"),
        (3, "transformation", "freeman_tukey", "Transformation: Freeman-Tukey"),
        (3, "tau2", "DL", "τ²: DerSimonian-Laird"),
        (3, "interval", "wald", "95% interval: Wald (normal)"),
    ],
)
def test_a_changed_setting_of_a_model_changes_its_paragraph_and_no_other(position, setting, to, new):
    card = changed("models", position, setting, to=to)
    assert new not in of_model(CARD, position) and new in of_model(card, position)
    others = set(range(len(CARD["models"]))) - {position}
    assert all(of_model(card, other) == of_model(CARD, other) for other in others)


def test_only_the_sources_that_are_searched_are_told():
    every = section("Searches")
    for name in ("PubMed", "ClinicalTrials.gov", "Europe PMC", "Crossref"):
        assert name in every
    assert "limited by: A filter (Its source); Date of publication (dp) from 2019-01-01." in every
    one = section("Searches", changed("search", to={"sources": ["crossref"]}))
    assert "Crossref" in one and "PubMed" not in one and "Europe" not in one
    assert section("Searches", changed("search", to={"sources": []})).startswith(
        "The workflow itself searches no source."
    )


def test_a_review_without_registration_says_so():
    assert "counts as unregistered" in section("Question", changed("review", to={"title": "T", "question": "Q?"}))


@pytest.mark.parametrize(("level", "shown"), [(0.9, "90%"), (0.975, "97.5%"), (0.999, "99.9%")])
def test_every_level_is_the_configured_one(level, shown):
    assert whole(changed("level", to=level)) == whole().replace("95%", shown)
    assert whole().count("95%") > 5


def test_when_each_model_is_to_be_believed():
    assert of_model(CARD, 0).endswith(
        "To be believed for studies of similar size, because the way back depends on the harmonic mean of n and misleads "
        "where sizes are uneven (Schwarzer et al 2019, Res Synth Methods 10:476); with many studies only, because the Wald "
        "interval is too narrow with few."
    )
    exact = "few or rare events, because the binomial likelihood is exact and a zero cell needs no correction; with "
    assert of_model(CARD, 1).endswith(f"{exact}few studies too, because the t interval allows for them.")
    assert of_model(CARD, 2).endswith(f"{exact}many studies only, because the Wald interval is too narrow with few.")
    assert "covers well, though it may be too narrow where τ² is estimated near zero" in of_model(CARD, 3)
    assert "the ad hoc variant (Rover et al 2015, BMC Med Res Methodol 15:99) is shown" in of_model(CARD, 3)


def test_belief_follows_the_properties_of_a_model_and_not_its_name():
    swapped = changed("models", 0, to={**CARD["models"][3], "id": "published", "label": "As published"})
    assert of_model(swapped, 0) == of_model(CARD, 3).replace("Logit:", "As published:")


def test_every_source_is_cited_as_the_statistics_cite_it():
    stats = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/perennial/stats").glob("*.py"))
    stats = re.sub(r"\s+", " ", stats)
    cited = set(re.findall(LITERATURE, whole()))
    assert len(cited) == 17
    not_of_statistics = {"Open Source Softw 9:6318"}
    assert {source for source in cited if source not in stats} == not_of_statistics


def test_one_model_stands_alone():
    alone = changed("models", to=CARD["models"][:1])
    assert "leads with the model “As published”." in section("Statistical models", alone)
    assert "side by side" not in section("Sensitivity", alone)
    assert "likelihood-ratio" in whole() and "likelihood-ratio" not in whole(alone)
    assert "”; the other stands beside it." in section("Statistical models", changed("models", to=CARD["models"][:2]))


@pytest.mark.parametrize(
    ("path", "to", "shown"),
    [
        (("models", 0, "transformation"), "probit", "Transformation: probit."),
        (("models", 0, "tau2"), "PM", "τ²: PM."),
        (("models", 0, "interval"), "profile", "95% interval: profile."),
        (("models", 1, "interval"), "profile", "95% interval: profile."),
        (
            ("models", 0),
            {"id": "published", "label": "New", "method": "bayes", "prior": "flat"},
            "New: bayes, prior flat.",
        ),
        (("primary_model",), "gone", "“gone”"),
        (("assessors",), ["sponsor"], "those by sponsor are taken"),
        (("outcomes", 2, "kind"), "mean", "not pooled, mean: Median survival (PFS)."),
        (("comparisons", 0, "groups"), ["mono", "gone"], "Regimen: gone against Alone."),
        (("bias_tests", 0, "set"), "gone", "As printed: gone;"),
        (("bias_tests", 0, "effect"), "log_odds", "As printed: All arms; log_odds."),
        (("outcomes",), [], "Pooled as proportions: none."),
        (("characteristics",), [], "Forest plots show"),
    ],
)
def test_what_has_no_words_yet_is_named_as_it_stands(path, to, shown):
    assert shown in whole(changed(*path, to=to))


@pytest.mark.parametrize(
    ("setting", "value"), [("method", "bayes"), ("transformation", "probit"), ("interval", "profile")]
)
def test_no_belief_is_made_up(setting, value):
    assert of_model(changed("models", 0, setting, to=value), 0).endswith("When it is to be believed is not described.")


def test_the_shipped_configuration_has_words_for_everything():
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    card = copy.deepcopy(CARD)
    for key in ("outcomes", "groups", "models", "comparisons"):
        card[key] = [{"id": name, **each} for name, each in config[key].items()]
    card["bias_tests"] = [{"id": name, **each} for name, each in config["bias"]["tests"].items()]
    card["bias_sets"] = {name: each["label"] for name, each in config["bias"]["sets"].items()}
    card |= {"review": config["review"], "primary_model": config["primary_model"], "assessors": config["assessors"]}
    text = whole(card)
    assert "not described" not in text
    assert "Monotherapy after CAR-T: arms whose prior cart is yes and strategy is monotherapy." in text
    assert not re.search(r"None|not_stated|freeman_tukey|hartung_knapp|inverse_variance", text)
