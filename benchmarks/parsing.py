"""Time and memory of reading one large PubMed file, beside other readers.

    python benchmarks/parsing.py [file.xml]

Without a file, one of 20,788 synthetic elements is made in a temporary folder: 20,768 articles and 20 deleted records;
an article has an abstract of 1,500 characters, 8 authors, 12 headings and 20 references. Every reader is a process of
its own, and its peak of memory that of the whole process. pubmed_parser takes part where it is installed.
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
ARTICLES, DELETIONS = 20_768, 20

READERS = {
    "perennial, every field": """
from perennial.records.pubmed import read_pubmed
from perennial.records.reading import Found
with open(path, "rb") as file:
    count = sum(isinstance(each, Found) for each in read_pubmed(file))
""",
    "lxml iterparse, no field": """
from lxml import etree
count = 0
for _, element in etree.iterparse(path, tag="PubmedArticle"):
    count += 1
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
""",
    "Biopython Entrez.read": """
from Bio import Entrez
with open(path, "rb") as file:
    count = len(Entrez.read(file)["PubmedArticle"])
""",
    "Biopython Entrez.parse": """
from Bio import Entrez
with open(path, "rb") as file:
    count = sum(1 for _ in Entrez.parse(file))
""",
    "pubmed_parser": """
import gzip, pubmed_parser
gzip.open = open  # it expects a compressed file; all are to read the same bytes
count = sum(not each["delete"] for each in pubmed_parser.parse_medline_xml(path))
""",
}
MEASURED = """
import json, re, resource, sys, time
path = sys.argv[1]
resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
start = time.perf_counter()
{program}
wall, processor = time.perf_counter() - start, time.process_time()
try:  # the peak since this program began; getrusage may hand on that of the parent
    with open("/proc/self/status") as file:
        peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", file.read())[1]) / 1024
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps([count, wall, processor, peak]))
"""


def measure(program: str, path: Path) -> tuple[int, float, float, float] | str:
    """Articles, seconds, seconds of the processor and MiB, or why there are none."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(program=program), str(path)],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
    )
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def synthetic_file(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
            '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
            '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>\n'
        )
        author = SyntheticPubMed(random.Random(17))
        file.writelines(author.article(number) + "\n" for number in range(1, ARTICLES + 1))
        deleted = (xml("PMID", str(ARTICLES + number), Version="1") for number in range(1, DELETIONS + 1))
        file.write(xml("DeleteCitation", *deleted) + "\n</PubmedArticleSet>\n")


def xml(tag: str, *inside: str, **attributes: str) -> str:
    qualities = "".join([f' {name}="{value}"' for name, value in attributes.items()])
    return f"<{tag}{qualities}>{''.join(inside)}</{tag}>"


class SyntheticPubMed:
    """Articles as rich as those of PubMed, in invented words."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        letters = "aaabcdeeeefghiiiklmnnooprrssttuvwy"
        self.words = ["".join(chance.choices(letters, k=chance.randint(2, 11))) for _ in range(5000)]

    def some(self, count: int) -> str:
        return " ".join(self.chance.choices(self.words, k=count))

    def date(self, tag: str, **attributes: str) -> str:
        month, day = str(self.chance.randint(1, 12)), str(self.chance.randint(1, 28))
        return xml(tag, xml("Year", "2025"), xml("Month", month), xml("Day", day), **attributes)

    def author(self) -> str:
        return xml(
            "Author",
            xml("LastName", self.some(1).title()),
            xml("ForeName", self.some(1).title() + " Q"),
            xml("Initials", "SQ"),
            xml("Identifier", f"0000-{self.chance.randint(1000, 9999)}", Source="ORCID"),
            xml("AffiliationInfo", xml("Affiliation", self.some(15))),
            ValidYN="Y",
        )

    def heading(self) -> str:
        number = int(self.chance.paretovariate(0.5)) % 30_000
        qualifiers = self.chance.sample(range(76), self.chance.choice([0, 0, 1, 2]))
        return xml(
            "MeshHeading",
            xml("DescriptorName", f"Heading {number}", UI=f"D{number}", MajorTopicYN="N"),
            *(xml("QualifierName", f"qualifier {each}", UI=f"Q{each}", MajorTopicYN="Y") for each in qualifiers),
        )

    def section(self, label: str) -> str:
        words = f"{self.some(70)[:330]} <i>in silico</i> at β &lt; 0.05 CO<sub>2</sub>."
        return xml("AbstractText", words, Label=label, NlmCategory=label)

    def reference(self, number: int) -> str:
        pmid = xml("ArticleId", str(number), IdType="pubmed")
        doi = xml("ArticleId", f"10.9999/reference.{number}", IdType="doi")
        return xml("Reference", xml("Citation", self.some(18)), xml("ArticleIdList", pmid, doi))

    def article(self, number: int) -> str:
        journal = f"{number % 700}"
        issue = xml("Volume", f"{number % 90}") + xml("Issue", f"{number % 12}") + self.date("PubDate")
        return xml(
            "PubmedArticle",
            xml(
                "MedlineCitation",
                xml("PMID", f"{number}", Version="1"),
                self.date("DateCompleted"),
                self.date("DateRevised"),
                xml(
                    "Article",
                    xml(
                        "Journal",
                        xml("ISSN", f"1234-{journal:0>4}", IssnType="Electronic"),
                        xml("JournalIssue", issue, CitedMedium="Internet"),
                        xml("Title", f"Synthetic journal {journal}"),
                        xml("ISOAbbreviation", f"Synth. J. {journal}"),
                    ),
                    xml("ArticleTitle", f"Synthetic record {number}: {self.some(10)} <i>{self.some(2)}</i>."),
                    xml("Pagination", xml("StartPage", "1"), xml("EndPage", "9"), xml("MedlinePgn", "1-9")),
                    xml("ELocationID", f"10.9999/synthetic.{number}", EIdType="doi", ValidYN="Y"),
                    xml("Abstract", *map(self.section, ["BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS"])),
                    xml("AuthorList", *(self.author() for _ in range(8)), CompleteYN="Y"),
                    xml("Language", "eng"),
                    xml(
                        "DataBankList",
                        xml(
                            "DataBank",
                            xml("DataBankName", "ClinicalTrials.gov"),
                            xml("AccessionNumberList", xml("AccessionNumber", f"NCT{number:08}")),
                        ),
                    ),
                    xml("GrantList", xml("Grant", xml("GrantID", f"G{number}"), xml("Agency", self.some(3)))),
                    xml(
                        "PublicationTypeList",
                        xml("PublicationType", "Journal Article", UI="D016428"),
                        xml("PublicationType", "Randomized Controlled Trial", UI="D016449"),
                    ),
                    self.date("ArticleDate", DateType="Electronic"),
                    PubModel="Print-Electronic",
                ),
                xml(
                    "MedlineJournalInfo",
                    xml("Country", "Nowhere"),
                    xml("MedlineTA", f"Synth J {journal}"),
                    xml("NlmUniqueID", journal),
                    xml("ISSNLinking", f"1234-{journal:0>4}"),
                ),
                xml(
                    "ChemicalList",
                    xml(
                        "Chemical",
                        xml("RegistryNumber", "0"),
                        xml("NameOfSubstance", f"substance {number % 3000}", UI=f"C{number % 3000}"),
                    ),
                ),
                xml("CitationSubset", "IM"),
                xml("MeshHeadingList", *(self.heading() for _ in range(12))),
                xml("KeywordList", *(xml("Keyword", self.some(2), MajorTopicYN="N") for _ in range(4)), Owner="NOTNLM"),
                xml("CoiStatement", "None."),
                Status="MEDLINE",
                Owner="NLM",
                IndexingMethod="Automated",
            ),
            xml(
                "PubmedData",
                xml(
                    "History",
                    *(
                        self.date("PubMedPubDate", PubStatus=status)
                        for status in ("received", "accepted", "pubmed", "medline", "entrez")
                    ),
                ),
                xml("PublicationStatus", "ppublish"),
                xml(
                    "ArticleIdList",
                    xml("ArticleId", f"{number}", IdType="pubmed"),
                    xml("ArticleId", f"10.9999/synthetic.{number}", IdType="doi"),
                    xml("ArticleId", f"PMC{number + 10**6}", IdType="pmc"),
                ),
                xml("ReferenceList", *map(self.reference, range(20))),
            ),
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "synthetic.xml"
        if len(sys.argv) < 2:
            synthetic_file(path)
        print(f"{path.name}: {path.stat().st_size / 2**20:.0f} MiB")
        results = {name: measure(program, path) for name, program in READERS.items()}
        ours = results["perennial, every field"]
        for name, result in results.items():
            if isinstance(result, str):
                print(f"{name:24} reads nothing: {result[:100]}")
                continue
            count, wall, processor, peak = result
            ratios = f"we take {ours[2] / processor:4.2f} of its processor time, {ours[3] / peak:4.2f} of its memory"
            print(
                f"{name:24} {count:6} articles {wall:6.1f} s, processor {processor:6.1f} s {peak:6.0f} MiB   {ratios}"
            )


if __name__ == "__main__":
    main()
