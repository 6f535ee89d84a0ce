"""What a published review printed about itself, recomputed and judged.

``paper``       the review's own data as of its version, and everything that can be computed from them
``quantities``  from a claim to the value it should have
``judgement``   printed against recomputed: reproduced, differs, or not recomputable, and why
``references``  identifiers of a reference list: duplicated, malformed, of another year
"""
