"""A release in the forms that other programs read, in exports/<version>/.

``write``          all of them, into a folder that appears whole or not at all
``released``       the release, and the results that it names, or a refusal
``jobs``           which job made which file, from what, and when
``crate``          a Workflow Run RO-Crate
``prov``           PROV-JSON
``references``     included and excluded publications as BibTeX and RIS; ``citation`` takes printed citations apart
``analysis_data``  what was pooled and what came out, as tidy tables; ``data_package`` describes them
``r_script``       an R script that repeats the results with metafor and compares
"""
