# From appraisers' answers, item by item, to a table and to figures: each study's answers, and their shares.


rule tabulate_appraisal:
    input:
        program=f"{scripts}/tabulate_appraisal.py",
        card=f"{results}/identity/tabulate_appraisal/review.json",
    output:
        table=f"{results}/tables/appraisal.csv",
        summary=f"{results}/appraisal/summary.json",
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
        lights=multiext(
            f"{results}/appraisal/{{checklist}}/traffic_light", ".svg", ".pdf", ".png"
        ),
        summary=multiext(
            f"{results}/appraisal/{{checklist}}/summary", ".svg", ".pdf", ".png"
        ),
    log:
        f"logs/{results}/plot_appraisal/{{checklist}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --traffic-light {output.lights} --summary {output.summary} 2> {log}"
