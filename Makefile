# Thin: each target calls its script. They install what is missing.
.PHONY: help serve test dev bench package
help:
	@echo "make serve   build and run the demo on http://localhost:3000"
	@echo "make test    everything that must hold"
	@echo "make dev     serve, and rebuild whenever a source changes"
	@echo "make bench   measure release builds beside their references"
	@echo "make package build a Debian package for a server"
serve:
	@scripts/serve
test:
	@scripts/test
dev:
	@scripts/dev
bench:
	@scripts/bench
package:
	@scripts/package
