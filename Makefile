# make review   runs the review and names its page
# make test     runs the tests
# make lock     renews requirements.lock from pyproject.toml (needs uv)

PYTHON ?= python3
CORES ?= 2
export PATH := $(CURDIR)/.venv/bin:$(PATH)

review: .venv/complete
	snakemake --cores $(CORES)
	@echo "The review: results/report/index.html"

test: .venv/complete
	pytest --numprocesses $(CORES) --dist loadfile

# Made anew when the lock changes; the mark is written last, so a broken installation is not taken for a whole one.
.venv/complete: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --require-hashes --requirement requirements.lock
	$(MAKE) --no-print-directory .venv/bin/perennial
	touch $@

# The project is not installed into its environment: its command is run from this folder.
.venv/bin/perennial:
	printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m perennial "$$@"\n' '$(CURDIR)/src' '$(CURDIR)/.venv/bin/python' > $@
	chmod +x $@

lock:
	uv pip compile --quiet --universal --generate-hashes --extra test --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file requirements.lock pyproject.toml

.PHONY: review test lock
