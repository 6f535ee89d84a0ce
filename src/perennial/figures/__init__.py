"""Figures for a journal: one typeface, one colour a regimen, the same bytes from the same values.

``style``          typeface and file formats
``intervals``      rows of text beside estimates with intervals; what the next two are made of
``forest``         studies, pooled result and prediction interval, group by group
``leave_one_out``  the pooled result without each study
``funnel``         estimates against their standard errors
``flow``           the PRISMA flow diagram of a version that is known by its counts
``update_flow``    the PRISMA flow diagram of an update; `boxes` draws for both
``traffic_light``, ``appraisal_summary``  answers to a checklist by study and item, and their shares
"""
