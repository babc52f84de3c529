# Two commands for a new user: `make demo` and `make test`. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
NODE := node_modules/.bin/node

.DEFAULT_GOAL := help
.PHONY: help demo demo-down test test-fast stack-up stack-down stack-status docs pictures release bench-worker bench-ready bench-operator faults chaos soak

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.installed: package.json package-lock.json
	@for tool in node npm; do command -v $$tool >/dev/null || { echo "$$tool is missing: install Node.js 20 or later, which brings it." >&2; exit 1; }; done
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

docs/node_modules/.installed: docs/package.json docs/package-lock.json node_modules/.installed
	npm --prefix docs ci --no-audit --no-fund --loglevel=error
	@touch $@

demo: stack-up ## from an empty machine to drinks: the stack, the operator in it, the recipe
	$(NODE) dev/demo/main.ts

demo-down: stack-down ## stop all of it and leave nothing behind

test: node_modules/.installed docs/node_modules/.installed ## everything: lint, types, unit, integration on the real stack, end to end
	$(NODE) dev/test/main.ts lint format types unit stack integration e2e

test-fast: node_modules/.installed ## lint, types and unit tests: no stack
	$(NODE) dev/test/main.ts lint format types unit

stack-up: node_modules/.installed ## start Kubernetes, Kafka and SCDF on this machine
	$(NODE) dev/stack/main.ts up

stack-down: node_modules/.installed ## stop the stack and remove all that it configured
	$(NODE) dev/stack/main.ts down

stack-status: node_modules/.installed ## what of the stack runs, and where its logs are
	$(NODE) dev/stack/main.ts status

docs: docs/node_modules/.installed ## write anew what is generated (pages of reference, dashboards), and the site into dist/docs
	$(NODE) dev/docs/main.ts
	$(NODE) dev/monitoring/main.ts
	$(NODE) dev/docs/site/main.ts

pictures: node_modules/.installed ## draw the dashboards anew for the docs, from the Prometheus of a demo that has run for a quarter of an hour
	$(NODE) dev/monitoring/pictures/main.ts

release: node_modules/.installed ## all that a release is made of, in dist/release: images, chart, install.yaml, plugin, SBOM, checksums
	$(NODE) dev/release/main.ts

bench-worker: node_modules/.installed ## the worker beside its peers; a quarter of an hour, brings its own Kafka
	$(NODE) dev/bench/worker/main.ts

bench-ready: node_modules/.installed ## seconds from kubectl apply to Ready, and where they go; the stack must be up
	$(NODE) dev/bench/ready/main.ts

bench-operator: node_modules/.installed ## 1,000 and 10,000 pipelines beside a bare loop; half an hour, the stack must be up
	$(NODE) dev/bench/operator/main.ts

faults: node_modules/.installed ## 1,000 plans of faults at the operator; SEED=… tells one of them; the stack must be up
	$(NODE) dev/faults/main.ts

chaos: node_modules/.installed ## 200 runs of workers and brokers that are killed while they serve; SEED=… tells one of them; brings its own Kafka
	$(NODE) dev/chaos/main.ts

soak: node_modules/.installed ## 500 pipelines under edits and faults for MINUTES=10: nothing grows; the stack must be up
	$(NODE) dev/faults/soak.ts
