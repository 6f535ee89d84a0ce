"""Which records are of the same thing, and which belong together without being the same.

`find` is the entry. Pairs that share something telling (`blocking`) are judged (`judging`) by identifiers, by what
keeps them apart, and last by bib-dedupe (`matching`), unless that was done before (`comparing`, `remembered`). What is
the same is joined (`joining`, `clusters`), what is related is told (`families`).
"""
