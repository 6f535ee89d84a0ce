"""Figures for a journal: one typeface, one colour a regimen, the same bytes from the same values.

``style``          typeface and file formats
``intervals``      rows of text beside estimates with intervals; what the next two are made of
``forest``         studies, pooled result and prediction interval, group by group
``leave_one_out``  the pooled result without each study
``funnel``         estimates against their standard errors
``flow``           the PRISMA flow diagram
"""
