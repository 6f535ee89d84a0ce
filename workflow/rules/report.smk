# From all results to one summary for programs and one page for people.


rule summarise:
    input:
        program=f"{scripts}/summarise.py",
        card=f"{results}/identity/summarise/review.json",
        pooled=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/pooled.json",
            outcome=review.outcomes,
            group=review.groups,
        ),
        others=expand(
            f"{results}/analyses/{{outcome}}/{{file}}",
            outcome=review.outcomes,
            file=["comparisons.json", "bias.json"],
        ),
    output:
        f"{results}/summary.json",
    log:
        f"logs/{results}/summarise.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --analyses $(dirname {output})/analyses --output {output} 2> {log}"


rule write_report:
    input:
        program=f"{scripts}/write_report.py",
        card=f"{results}/identity/write_report/review.json",
        template=f"{templates}/index.html.j2",
        style=f"{templates}/style.css",
        checks=f"{results}/todo/checks.csv",
        summary=f"{results}/summary.json",
        tables=expand(
            f"{results}/tables/{{table}}.csv",
            table=["characteristics", "responses", "secondary"],
        ),
        pooled=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/{{file}}",
            outcome=review.outcomes,
            group=review.groups,
            file=["sensitivity.json", "forest.svg", "leave_one_out.svg"],
        ),
        figures=expand(
            f"{results}/analyses/{{outcome}}/{{figure}}.svg",
            outcome=review.outcomes,
            figure=["forest", "funnel"],
        ),
    output:
        f"{results}/report/index.html",
    log:
        f"logs/{results}/write_report.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --results $(dirname {input.summary}) --template {input.template}"
        " --style {input.style} --output {output} 2> {log}"
