# SPDX-License-Identifier: MIT
# Release files, and what --version tells.  The Makefile includes this.

# --version tells the commit, which git or the file of a source archive knows.
$(patsubst %,$(B)/obj/tools/%.o,launch/pycshim command/pycstat): $(B)/include/commit.h
$(B)/include/commit.h: FORCE
	@mkdir -p $(@D); tools/dist/commit.sh | cmp -s - $@ || tools/dist/commit.sh >$@

dist: ## make the release files of the last commit in $(B)/dist
	MACHINES="$(MACHINES)" tools/dist/dist.sh $(B)/dist
