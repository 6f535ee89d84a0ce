"""Answers of the E-utilities that are true and not written yet: faults change these."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

import pubmed_xml
from entrez_xml import document, json_document, listed
from messages import Answer, Request, text_answer
from pubmed_query import Result
from pubmed_record import Record, short_name


@dataclass(frozen=True)
class Page:
    """What esearch says."""

    request: Request
    result: Result
    count: int
    start: int
    pmids: tuple[int, ...]
    history: tuple[str, str] | None = None
    """The key of the query and the name of the session, where asked for."""
    asked: tuple[str, ...] = ()

    def answer(self) -> Answer:
        return self._json() if self.request.json else self._xml()

    @property
    def _counting(self) -> bool:
        return self.request.parameters.get("rettype") == "count"

    @property
    def _messages(self) -> list[str]:
        return [] if self.count else ["No items found."]

    def _xml(self) -> Answer:
        if self._counting:
            return document("esearch", f"<Count>{self.count}</Count>")
        notes = self.result.notes
        session = "<QueryKey>{}</QueryKey><WebEnv>{}</WebEnv>".format(*self.history) if self.history else ""
        translations = "".join(
            f"<Translation><From>{escape(old)}</From><To>{escape(new)}</To></Translation>"
            for old, new in notes.translations
        )
        errors = listed("PhraseNotFound", notes.phrases_not_found) + listed("FieldNotFound", notes.fields_not_found)
        warnings = (
            listed("PhraseIgnored", notes.phrases_ignored)
            + listed("QuotedPhraseNotFound", notes.quoted_not_found)
            + listed("OutputMessage", self._messages)
        )
        return document(
            "esearch",
            f"<Count>{self.count}</Count><RetMax>{len(self.pmids)}</RetMax><RetStart>{self.start}</RetStart>{session}"
            f"<IdList>\n{''.join(f'<Id>{pmid}</Id>{chr(10)}' for pmid in self.pmids)}</IdList>"
            f"<TranslationSet>{translations}</TranslationSet>"
            f"<QueryTranslation>{escape(self.result.translation)}</QueryTranslation>"
            f"{f'<ErrorList>{errors}</ErrorList>' if errors else ''}"
            f"{f'<WarningList>{warnings}</WarningList>' if warnings else ''}",
        )

    def _json(self) -> Answer:
        said = {"count": str(self.count)}
        if self._counting:
            return json_document("esearch", esearchresult=said)
        notes = self.result.notes
        said |= {"retmax": str(len(self.pmids)), "retstart": str(self.start)}
        if self.history:
            said |= {"querykey": self.history[0], "webenv": self.history[1]}
        said |= {
            "idlist": [str(pmid) for pmid in self.pmids],
            "translationset": [{"from": old, "to": new} for old, new in notes.translations],
            "querytranslation": self.result.translation,
        }
        if notes.phrases_not_found or notes.fields_not_found:
            said["errorlist"] = {
                "phrasesnotfound": notes.phrases_not_found,
                "fieldsnotfound": notes.fields_not_found,
            }
        if notes.phrases_ignored or notes.quoted_not_found or self._messages:
            said["warninglist"] = {
                "phrasesignored": notes.phrases_ignored,
                "quotedphrasesnotfound": notes.quoted_not_found,
                "outputmessages": self._messages,
            }
        return json_document("esearch", esearchresult=said)


@dataclass(frozen=True)
class Articles:
    """What efetch gives as XML: a text for each record, in the order asked for."""

    texts: tuple[str, ...]
    asked: tuple[str, ...]

    def answer(self) -> Answer:
        return Answer("".join((pubmed_xml.HEAD, *self.texts, pubmed_xml.FOOT)).encode(), asked=self.asked)


@dataclass(frozen=True)
class Names:
    """What efetch gives as a list of ids, or in the notation that it prefers where it is not told another."""

    pmids: tuple[int, ...]
    pattern: str
    asked: tuple[str, ...]

    def answer(self) -> Answer:
        return text_answer("".join(self.pattern.format(pmid) for pmid in self.pmids))


@dataclass(frozen=True)
class Summaries:
    """What esummary gives; None for a record that is not there."""

    records: tuple[tuple[str, Record | None], ...]
    as_json: bool

    @property
    def asked(self) -> tuple[str, ...]:
        return tuple(pmid for pmid, _ in self.records)

    def answer(self) -> Answer:
        if self.as_json:
            return self._json()
        return document("esummary", "".join(self._xml(pmid, record) for pmid, record in self.records))

    def _xml(self, pmid: str, record: Record | None) -> str:
        if record is None:
            return f"\n<ERROR>UID={pmid}: cannot get document summary</ERROR>"
        people = "".join(item("Author", short_name(author)) for author in record["authors"])
        types = "".join(item("PubType", each) for each in record["pt"])
        values = (
            item("PubDate", record["dp"], "Date"),
            item("Source", record["ta"] or record["journal"]),
            f'\n\t<Item Name="AuthorList" Type="List">{people}</Item>',
            item("Title", record["title"]),
            f'\n\t<Item Name="PubTypeList" Type="List">{types}</Item>',
            item("FullJournalName", record["journal"]),
            item("DOI", record["doi"]),
        )
        return f"\n<DocSum>\n\t<Id>{pmid}</Id>{''.join(values)}\n</DocSum>"

    def _json(self) -> Answer:
        result = {"uids": [pmid for pmid, record in self.records if record]}
        for pmid, record in self.records:
            result[pmid] = {"uid": pmid} | (
                {
                    "pubdate": record["dp"].replace("/", " "),
                    "source": record["ta"] or record["journal"],
                    "authors": [{"name": short_name(author), "authtype": "Author"} for author in record["authors"]],
                    "title": record["title"],
                    "pubtype": record["pt"],
                    "fulljournalname": record["journal"],
                    "elocationid": f"doi: {record['doi']}" if record["doi"] else "",
                }
                if record
                else {"error": "cannot get document summary"}
            )
        return json_document("esummary", result=result)


def item(name: str, value: str, kind: str = "String") -> str:
    return f'\n\t<Item Name="{name}" Type="{kind}">{escape(value)}</Item>'
