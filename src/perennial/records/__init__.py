"""Records: what databases hold about publications and trials, whatever they call it.

`record` says what a record is, `identifiers` and `text` how its parts are compared; `pubmed` and `imports` read what
databases give; `store` brings all of it together under stable ids; `duplicates` finds records of the same thing.
"""
