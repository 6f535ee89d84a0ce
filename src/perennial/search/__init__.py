"""Searching: the only stage that talks to the outside world.

`strategy` turns the configuration into the string that is sent; `transport` asks, politely and again; `entrez`,
`crossref`, `trials` and `preprints` know what each source answers; `pubmed` lists, compares and fetches; `archive`
keeps what came, whole or not at all.
"""
