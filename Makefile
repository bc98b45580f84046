.PHONY: setup run test lint faults agents bench lock clean
.DEFAULT_GOAL := run

setup: ; @bash tools/setup test
run: ; @bash tools/setup run && bash tools/run $(ARGS)
test: setup ; @bash tools/check $(ARGS)
lint: setup ; @bash tools/lint
faults: setup ; @bash tools/tier faults $(ARGS)
agents: setup ; @bash tools/agents && bash tools/tier agents $(ARGS)
bench: setup ; @.venv/bin/commandcenter bench latency control gate load $(ARGS)
lock: ; @bash tools/lock $(ARGS)
clean: ; @rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
