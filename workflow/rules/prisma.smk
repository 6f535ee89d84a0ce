# From the counts that a published version printed to its PRISMA flow diagram, and from this update's own ledgers to its.


rule count_flow:
    input:
        program=f"{scripts}/count_flow.py",
        card=f"{results}/identity/count_flow/review.json",
    output:
        shown(
            review,
            f"{results}/prisma/flow.json",
            "Search and screening",
            "PRISMA flow of the published version, counts",
            "flow",
        ),
    log:
        f"logs/{results}/count_flow.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule plot_flow:
    input:
        program=f"{scripts}/plot_flow.py",
        card=f"{results}/identity/plot_flow/review.json",
        flow=f"{results}/prisma/flow.json",
    output:
        shown(
            review,
            multiext(f"{results}/prisma/flow", ".svg", ".pdf", ".png"),
            "Search and screening",
            "PRISMA flow of the published version",
            "flow",
        ),
    log:
        f"logs/{results}/plot_flow.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.flow} --figures {output} 2> {log}"


rule count_update:
    input:
        program=f"{scripts}/count_update.py",
        card=f"{results}/identity/count_update/review.json",
        records=f"{results}/records/records.jsonl",
        clusters=f"{results}/records/clusters.csv",
        decisions=f"{results}/screening/decisions.csv",
    output:
        shown(
            review,
            f"{results}/prisma/update.json",
            "Search and screening",
            "PRISMA flow of this update, counts",
            "update_flow",
        ),
    log:
        f"logs/{results}/count_update.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} {input.clusters} {input.decisions} {output} 2> {log}"


rule plot_update:
    input:
        program=f"{scripts}/plot_flow.py",
        card=f"{results}/identity/plot_update/review.json",
        flow=f"{results}/prisma/update.json",
    output:
        shown(
            review,
            multiext(f"{results}/prisma/update", ".svg", ".pdf", ".png"),
            "Search and screening",
            "PRISMA flow of this update",
            "update_flow",
        ),
    log:
        f"logs/{results}/plot_update.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.flow} --figures {output} 2> {log}"
