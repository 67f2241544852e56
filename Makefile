# Thin: each target calls its script. They install what is missing.
.PHONY: help serve test dev bench prove package docs-pictures
help:
	@echo "make serve   build and run the demo on http://localhost:3000"
	@echo "make test    everything that must hold"
	@echo "make dev     serve, and rebuild whenever a source changes"
	@echo "make bench   measure release builds beside their references"
	@echo "make prove   kill it at work, a hundred times on each database"
	@echo "make package build a Debian package for a server"
	@echo "make docs-pictures take the documentation’s pictures anew"
serve:
	@scripts/serve
test:
	@scripts/test
dev:
	@scripts/dev
bench:
	@scripts/bench
prove:
	@scripts/prove
package:
	@scripts/package
docs-pictures:
	@scripts/docs-pictures
