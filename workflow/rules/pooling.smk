# From the counts of an outcome in a group of arms to pooled proportions, to differences between groups and within trials,
# and from medians to their median.


rule pool:
    input:
        program=f"{scripts}/pool.py",
        card=f"{results}/identity/pool/{{outcome}}.{{group}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/{{group}}/pooled.json",
            "Results",
            "Pooled proportions",
            "pooled",
        ),
    log:
        f"logs/{results}/pool/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule compare_groups:
    input:
        program=f"{scripts}/compare_groups.py",
        card=f"{results}/identity/compare_groups/{{outcome}}.json",
        pooled=expand(
            "{results}/analyses/{{outcome}}/{group}/pooled.json",
            results=results,
            group=review.compared_groups,
        ),
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/comparisons.json",
            "Results",
            "Differences between groups",
            "comparisons",
        ),
    log:
        f"logs/{results}/compare_groups/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.pooled} --output {output} 2> {log}"


rule compare_within_trials:
    input:
        program=f"{scripts}/compare_within_trials.py",
        card=f"{results}/identity/compare_within_trials/{{outcome}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/within_trials.json",
            "Results",
            "Differences within trials",
            "within_trials",
        ),
    log:
        f"logs/{results}/compare_within_trials/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule pool_medians:
    input:
        program=f"{scripts}/pool_medians.py",
        card=f"{results}/identity/pool_medians/review.json",
    output:
        shown(
            review,
            f"{results}/analyses/medians.json",
            "Results",
            "Medians of medians",
            "medians",
        ),
    log:
        f"logs/{results}/pool_medians.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"
