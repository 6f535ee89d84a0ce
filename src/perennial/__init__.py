"""Perennial: living systematic reviews as a Snakemake workflow."""

__version__ = "0.1.0"
