# From archived searches and imports to one set of records, without duplicates, and to what became of included reports.


rule read_search:
    input:
        program=f"{scripts}/read_search.py",
        card=f"{results}/identity/read_search/{{run}}.json",
    output:
        f"{results}/records/readings/{{run}}.jsonl",
    log:
        f"logs/{results}/read_search/{{run}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule read_import:
    input:
        program=f"{scripts}/read_import.py",
        card=f"{results}/identity/read_import/{{file}}.json",
    output:
        f"{results}/records/readings/import-{{file}}.jsonl",
    log:
        f"logs/{results}/read_import/{{file}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule collect_records:
    input:
        program=f"{scripts}/collect_records.py",
        card=f"{results}/identity/collect_records/review.json",
        readings=expand(
            f"{results}/records/readings/{{reading}}.jsonl", reading=readings(review)
        ),
    output:
        records=f"{results}/records/records.jsonl",
        sources=shown(
            review,
            f"{results}/records/sources.csv",
            "Search and screening",
            "Where each record was found",
            "records",
        ),
        set_aside=shown(
            review,
            f"{results}/todo/set_aside.csv",
            "Waiting for people",
            "Records that were set aside",
            "records",
        ),
    log:
        f"logs/{results}/collect_records.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --readings {input.readings} --records {output.records}"
        " --sources {output.sources} --set-aside {output.set_aside} 2> {log}"


rule find_duplicates:
    input:
        program=f"{scripts}/find_duplicates.py",
        card=f"{results}/identity/find_duplicates/review.json",
        records=f"{results}/records/records.jsonl",
    output:
        clusters=shown(
            review,
            f"{results}/records/clusters.csv",
            "Search and screening",
            "Clusters of duplicates",
            "duplicates",
        ),
        relations=shown(
            review,
            f"{results}/records/relations.csv",
            "Search and screening",
            "Pairs of records, and why",
            "duplicates",
        ),
        todo=shown(
            review,
            f"{results}/todo/duplicates.csv",
            "Waiting for people",
            "Doubtful duplicates",
            "duplicates",
        ),
    log:
        f"logs/{results}/find_duplicates.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} --clusters {output.clusters}"
        " --relations {output.relations} --todo {output.todo}"
        " --remembered .cache/$(dirname $(dirname {output.todo}))/duplicates.seen 2> {log}"


# Whether a report still stands is told by PubMed's own answers: what others export of it comes later, if at all.
rule check_reports:
    input:
        program=f"{scripts}/check_reports.py",
        card=f"{results}/identity/check_reports/review.json",
        pubmed=expand(
            f"{results}/records/readings/{{reading}}.jsonl",
            reading=pubmed_readings(review),
        ),
    output:
        shown(
            review,
            f"{results}/records/report_status.csv",
            "Studies",
            "Notices about the included reports",
            "report_status",
        ),
    log:
        f"logs/{results}/check_reports.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --pubmed {input.pubmed} --status {output} 2> {log}"


rule list_trials:
    input:
        program=f"{scripts}/list_trials.py",
        card=f"{results}/identity/list_trials/review.json",
        records=f"{results}/records/records.jsonl",
    output:
        shown(
            review,
            f"{results}/records/trials.csv",
            "Search and screening",
            "Registered trials",
            "trials",
        ),
    log:
        f"logs/{results}/list_trials.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} {output} 2> {log}"
