# From the strategy to a dated archive of what each source answered. Only `snakemake search` comes here, and nothing
# else uses the network. The archive lies in data/, which is nobody's output; a receipt says that it is there.


rule search:
    input:
        expand(
            f"results/receipts/{{source}}-{search_day(review)}.json",
            source=searched_sources(review),
        ),


rule search_source:
    input:
        program=f"{scripts}/search_source.py",
    output:
        "results/receipts/{source}-{date}.json",
    log:
        "logs/search/{source}-{date}.log",
    conda:
        "../../environment.yml"
    params:
        asked=lambda wildcards: asked(review, wildcards.source),
    shell:
        "python {input.program} {wildcards.source} {wildcards.date} {params.asked:q} {output} --log {log}"


rule describe_search:
    input:
        program=f"{scripts}/describe_search.py",
        card=f"{results}/identity/describe_search/review.json",
    output:
        account=shown(
            review,
            f"{results}/search/account.json",
            "Search and screening",
            "What was asked of each source",
            "search",
        ),
        todo=shown(
            review,
            f"{results}/todo/search.csv",
            "Waiting for people",
            "What no search covered",
            "search",
        ),
    log:
        f"logs/{results}/describe_search.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output.account} {output.todo} 2> {log}"
