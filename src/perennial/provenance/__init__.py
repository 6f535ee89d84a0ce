"""Where every reported value came from, what depends on what, and whether results are still what was computed.

``graph``     values, results, evidence, records and searches as one graph
``flow``      which job made a file of the results, and from which others
``evidence``  extraction rows, arms, reports, studies and what people printed or answered about them
``records``   records, the decisions on them, and the searches and imports that brought them
``made``      files of the results: the job, its identity card, its code
``context``   what values and texts share: the graph, the results, the protocol
``values``    the values that are reported, by name
``texts``     the sentences of the page and the manuscript, by name
``trace``     all of it, as results/provenance/trace.json holds it
``on_page``   the numbers of the page, each judged by its trace
``tell``      a trace as text
``without``   the estimates, computed again without something
``find``      from what somebody types to a node
``digests``   the digest of every result, and the job that made it
``parts``     short digests of the parts of a file, by which an altered one tells where
``audit``     whether a finished review is what it says, from its files alone
"""
