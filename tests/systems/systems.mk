# SPDX-License-Identifier: MIT
# The acceptance on other systems.  The Makefile includes this.

## SYSTEMS="..."     the systems of `make check-systems`: bullseye sid trixie-arm64 trixie-musl ...
## SYSTEMS_DIR=DIR   keeps their roots, for the next time; SYSTEMS_DIST=DIR has the release to try

SYSTEMS ?= bullseye bookworm trixie sid bookworm-musl trixie-musl trixie-nogil trixie-embedded sid-embedded
SYSTEMS_DIR ?= $(B)/systems

$(B)/.setup-systems: tests/setup | $(B)/.setup-check
	$(Q)HEADERS=$(B)/include tests/setup systems
	@touch $@

check-systems: all | $(B)/.setup-systems ## try the release's tarball on other distributions, whose packages it downloads
	@SYSTEMS="$(SYSTEMS)" SYSTEMS_DIR="$(SYSTEMS_DIR)" SYSTEMS_DIST="$(SYSTEMS_DIST)" B=$(B) V=$(V) \
		MUST_RUN=$(MUST_RUN) TEST_TIMEOUT=$(or $(TEST_TIMEOUT),14400) tests/run tests/systems/*.sh

.PHONY: check-systems
