# How `sam build` builds a layer (BuildMethod: makefile): each layers/<name>/Makefile includes this. SAM runs it in a copy of the
# layer's folder, but names the original Makefile, so the repository is found from where that stands.
# Architecture=x86_64 in the deploy goes with ARCHITECTURE=x86_64 here.

LAYER_DIR := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))
REPOSITORY := $(abspath $(LAYER_DIR)/../..)
PYTHON ?= $(firstword $(wildcard $(REPOSITORY)/.venv/bin/python $(REPOSITORY)/.local/envs/sam/bin/python) python3)
ARCHITECTURE ?= arm64
RUNTIME ?= 3.13

build-%:
	@$(PYTHON) $(REPOSITORY)/infra/build/layer.py $(notdir $(LAYER_DIR)) $(ARTIFACTS_DIR) \
	  --target lambda --arch $(ARCHITECTURE) --python $(RUNTIME)
