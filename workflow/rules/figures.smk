# From pooled results, comparisons, sensitivity analyses and asymmetry tests to figures, each as SVG, PDF and PNG.


rule plot_group_forest:
    input:
        program=f"{scripts}/plot_forest.py",
        card=f"{results}/identity/plot_group_forest/{{outcome}}.{{group}}.json",
        pooled=f"{results}/analyses/{{outcome}}/{{group}}/pooled.json",
    output:
        shown(
            review,
            multiext(
                f"{results}/analyses/{{outcome}}/{{group}}/forest",
                ".svg",
                ".pdf",
                ".png",
            ),
            "Results",
            "Forest plot",
            "forest",
        ),
    log:
        f"logs/{results}/plot_group_forest/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.pooled} --figures {output} 2> {log}"


rule plot_forest:
    input:
        program=f"{scripts}/plot_forest.py",
        card=f"{results}/identity/plot_forest/{{outcome}}.json",
        pooled=expand(
            "{results}/analyses/{{outcome}}/{group}/pooled.json",
            results=results,
            group=review.groups,
        ),
    output:
        shown(
            review,
            multiext(f"{results}/analyses/{{outcome}}/forest", ".svg", ".pdf", ".png"),
            "Results",
            "Forest plot of all groups",
            "forest",
        ),
    log:
        f"logs/{results}/plot_forest/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.pooled} --figures {output} 2> {log}"


rule plot_leave_one_out:
    input:
        program=f"{scripts}/plot_leave_one_out.py",
        card=f"{results}/identity/plot_leave_one_out/{{outcome}}.{{group}}.json",
        pooled=f"{results}/analyses/{{outcome}}/{{group}}/pooled.json",
        sensitivity=f"{results}/analyses/{{outcome}}/{{group}}/sensitivity.json",
    output:
        shown(
            review,
            multiext(
                f"{results}/analyses/{{outcome}}/{{group}}/leave_one_out",
                ".svg",
                ".pdf",
                ".png",
            ),
            "Robustness",
            "Without each study",
            "leave_one_out",
        ),
    log:
        f"logs/{results}/plot_leave_one_out/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.pooled} {input.sensitivity} --figures {output} 2> {log}"


rule plot_specifications:
    input:
        program=f"{scripts}/plot_specifications.py",
        card=f"{results}/identity/plot_specifications/{{outcome}}.{{group}}.json",
        robustness=f"{results}/analyses/{{outcome}}/{{group}}/robustness.json",
    output:
        shown(
            review,
            multiext(
                f"{results}/analyses/{{outcome}}/{{group}}/specifications",
                ".svg",
                ".pdf",
                ".png",
            ),
            "Robustness",
            "Every model",
            "specifications",
        ),
    log:
        f"logs/{results}/plot_specifications/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.robustness} --figures {output} 2> {log}"


rule plot_within_trials:
    input:
        program=f"{scripts}/plot_within_trials.py",
        card=f"{results}/identity/plot_within_trials/{{outcome}}.json",
        within=f"{results}/analyses/{{outcome}}/within_trials.json",
    output:
        shown(
            review,
            multiext(
                f"{results}/analyses/{{outcome}}/within_trials", ".svg", ".pdf", ".png"
            ),
            "Results",
            "Differences within trials",
            "within_trials",
        ),
    log:
        f"logs/{results}/plot_within_trials/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.within} --figures {output} 2> {log}"


rule plot_funnel:
    input:
        program=f"{scripts}/plot_funnel.py",
        card=f"{results}/identity/plot_funnel/{{outcome}}.json",
        bias=f"{results}/analyses/{{outcome}}/bias.json",
    output:
        shown(
            review,
            multiext(f"{results}/analyses/{{outcome}}/funnel", ".svg", ".pdf", ".png"),
            "Robustness",
            "Funnel plots",
            "asymmetry",
        ),
    log:
        f"logs/{results}/plot_funnel/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.bias} --figures {output} 2> {log}"
