# From appraisers' answers, item by item, to a table and to figures: each study's answers, and their shares.


rule tabulate_appraisal:
    input:
        program=f"{scripts}/tabulate_appraisal.py",
        card=f"{results}/identity/tabulate_appraisal/review.json",
    output:
        table=shown(
            review,
            f"{results}/tables/appraisal.csv",
            "Studies",
            "Appraisal",
            "appraisal",
        ),
        summary=shown(
            review,
            f"{results}/appraisal/summary.json",
            "Studies",
            "Appraisal, summary",
            "appraisal",
        ),
    log:
        f"logs/{results}/tabulate_appraisal.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output.table} {output.summary} 2> {log}"


rule plot_appraisal:
    input:
        program=f"{scripts}/plot_appraisal.py",
        card=f"{results}/identity/plot_appraisal/{{checklist}}.json",
    output:
        lights=shown(
            review,
            multiext(
                f"{results}/appraisal/{{checklist}}/traffic_light",
                ".svg",
                ".pdf",
                ".png",
            ),
            "Studies",
            "Answers by {checklist}",
            "appraisal",
        ),
        summary=shown(
            review,
            multiext(
                f"{results}/appraisal/{{checklist}}/summary", ".svg", ".pdf", ".png"
            ),
            "Studies",
            "Shares of answers by {checklist}",
            "appraisal",
        ),
    log:
        f"logs/{results}/plot_appraisal/{{checklist}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --traffic-light {output.lights} --summary {output.summary} 2> {log}"
