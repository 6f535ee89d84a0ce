"""What an article is called in PubMed's XML, and which trials and publications it names.

Data banks that register trials give registry ids, as printed but for those of ClinicalTrials.gov; other data banks
become extra. Links of type Cites belong to the list of references and are left out with it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from lxml import etree

from perennial.records.identifiers import clean_doi, clean_pmcid, clean_pmid, trial_numbers
from perennial.records.pubmed_xml import Extra, attribute, parts, text, texts
from perennial.records.record import Link

CLEANERS = {"doi": clean_doi, "pmc": clean_pmcid, "pubmed": clean_pmid}
TRIAL_REGISTERS = {
    *("anzctr", "chictr", "clinicaltrials.gov", "cris", "ctis", "ctri", "drks", "eudract", "irct", "isrctn"),
    *("iran registry of clinical trials", "japiccti", "jmacct", "jprn", "jrct", "lbctr", "ntr", "pactr", "rebec"),
    *("repec", "rpcec", "slctr", "tctr", "umin ctr", "umin-ctr"),
}
"""Data banks of NLM's "MEDLINE Databank Sources" that register trials, in lower case."""


def identifiers(names: Iterable[etree._Element], pmid: str, extra: Extra) -> tuple[str, str]:
    """DOI and PMCID; others, and those that are not valid or contradict the first, become extra."""
    found = {"doi": "", "pmc": "", "pubmed": pmid}
    for element in names:
        kind = attribute(element, "IdType") or attribute(element, "EIdType")
        name, valid = text(element), element.get("ValidYN") != "N"
        cleaned = CLEANERS[kind](name) if kind in CLEANERS and valid else ""
        if cleaned and found[kind] in ("", cleaned):
            found[kind] = cleaned
        else:
            extra.append((kind, name if valid else f"{name} (not valid)"))
    return found["doi"], found["pmc"]


def registry_ids(banks: Iterable[etree._Element], extra: Extra) -> tuple[str, ...]:
    ids: list[str] = []
    for bank in banks:
        name = parts(bank, "DataBankName").get("DataBankName", "")
        numbers = texts(bank.iter("AccessionNumber"))
        if name.lower() in TRIAL_REGISTERS:
            ids += chain.from_iterable(trial_numbers(number) or (number,) for number in numbers)
        else:
            extra += (("DataBank", f"{name}: {number}") for number in numbers)
        if not numbers:
            extra.append(("DataBank", name))
    return tuple(dict.fromkeys(ids))


def links(reference: etree._Element) -> Iterator[Link]:
    relation = attribute(reference, "RefType")
    if relation == "Cites":
        return
    about = parts(reference)
    citation = about.get("RefSource", "")
    pmid = clean_pmid(about.get("PMID", ""))
    note = f" ({about['Note']})" if "Note" in about else ""
    yield Link(relation, f"pmid:{pmid}" if pmid else clean_doi(citation), citation + note)
