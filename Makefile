# SPDX-License-Identifier: MIT
# pycshim: library, launcher, reader, and all that checks them.  `make help` lists targets.

## B=build           the directory to build in
## CC, CFLAGS, LDFLAGS, SAN=address,undefined, WERROR=1; BLAKE3=DIR of its C sources
## TOOLS_CC=$(CC)    another compiler for pycshim and pycstat; STATIC=1 links these statically
## PREFIX=/usr/local, DESTDIR, BINDIR, LIBDIR, MANDIR
## V=1               show commands, and all that the tests say
## PYTHONS="..."     the interpreters to test with, instead of all that are found
## MUST_RUN=1        a test that has to be skipped is a failure
## MACHINES="x86_64 aarch64 riscv64"   what `make dist` builds for
## JOBS=N            tests at once; KEEP=1 keeps their directories
## BENCH_ROWS="...", BENCH_ROUNDS=N   see tests/bench/run

ifeq ($(origin CC),default) # make's own default is cc, which ?= would keep
CC := gcc
endif
CFLAGS ?= -O2 -g
TOOLS_CC ?= $(CC)
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
B ?= build

Q := $(if $(V),,@)
say = $(if $(V),:,printf '  %-6s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wpointer-arith -Wundef -Wvla -Wcast-qual -Wwrite-strings \
	-Wno-gnu-variable-sized-type-not-at-end $(if $(WERROR),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
BASE := -std=gnu11 -Iinclude -I$(B)/include $(WARN) -MMD -MP $(SANFLAGS)

# The library is loaded into programs of any age and libc: nothing that a newer compiler
# would import (fortify, stack protector), nothing exported but the hooks.
PRELOAD := $(BASE) -D_GNU_SOURCE -Ipreload -fPIC -fvisibility=hidden -ftls-model=initial-exec \
	-fno-stack-protector -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 -fno-plt \
	-fasynchronous-unwind-tables -fdata-sections
# Every process maps it: two segments are mapped faster than four, and small variables that
# lie together, not between large arrays, take fewer pages of its own.
SHARED := -shared -Wl,-soname,libpycshim.so -Wl,-z,defs -Wl,-z,now -Wl,-z,noseparate-code \
	-Wl,-O1 -Wl,--hash-style=both -Wl,--sort-section=alignment -Wl,--exclude-libs,ALL
# musl-gcc does not look into /usr/include: a link to the one header that we need from there.
TOOLS := $(BASE) -Itools -idirafter $(B)/include -DLIBDIR='"$(LIBDIR)"' -DBINDIR='"$(BINDIR)"' -D_GNU_SOURCE
STATIC_TOOLS := $(if $(STATIC),-static)

# What is in include/ is compiled for the library and for the tools.
shared_src := $(wildcard include/*.c)
lib_src := $(wildcard preload/*/*.c) $(shared_src:%=preload/%)
common_src := $(wildcard tools/common/*.c) $(shared_src:%=tools/%)
launcher_src := $(wildcard tools/launch/*.c) $(common_src)
reader_src := $(wildcard $(patsubst %,tools/%/*.c,read answer show command)) $(common_src)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

# BLAKE3's C implementation, which Debian has in the source of its Rust package.  Only the
# vector instructions that content.c's sizes profit from are compiled in.
BLAKE3 = $(shell ls -d /usr/share/cargo/registry/blake3-*/c 2>/dev/null | tail -n 1)
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
blake3_src := blake3 blake3_dispatch blake3_portable \
	$(if $(filter x86_64,$(machine)),blake3_sse41 blake3_avx2) \
	$(if $(filter aarch64,$(machine)),blake3_neon)
blake3 := $(blake3_src:%=$(B)/obj/blake3/%.o)

all: $(B)/libpycshim.so $(B)/pycshim $(B)/pycstat $(B)/.completion ## build the library, the launcher and the reader

$(B)/libpycshim.so: $(call objects,$(lib_src)) $(blake3)
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) $(SHARED) -o $@ $(filter %.o,$^) $(if $(filter riscv64,$(machine)),-l:libatomic.a)

$(B)/pycshim: $(call objects,$(launcher_src)) $(blake3)
	@$(call say,LINK,$@)
	$(Q)$(TOOLS_CC) $(CFLAGS) $(SANFLAGS) $(STATIC_TOOLS) $(LDFLAGS) -o $@ $^

$(B)/pycstat: $(call objects,$(reader_src)) $(blake3)
	@$(call say,LINK,$@)
	$(Q)$(TOOLS_CC) $(CFLAGS) $(SANFLAGS) $(STATIC_TOOLS) $(LDFLAGS) -o $@ $^

$(B)/.completion: $(wildcard tools/completion/*) $(wildcard tools/*/*.def) include/environment.def | $(B)/.setup-build
	$(Q)CC="$(CC)" tools/completion/run make $(B)/share && touch $@

# Compiled alone, first: on a machine that the library does not know, one message is enough.
$(B)/.machine: preload/host/machine.h | $(B)/.setup-build
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -E -o /dev/null $< && touch $@

# A sanitizer's run-time calls our wrappers, which find the real functions, before it is ready.
early := hooks/hooks hooks/real host/loaded host/symbols
$(early:%=$(B)/obj/preload/%.o): EARLY := $(if $(SAN),-fno-sanitize=all)

$(B)/obj/preload/%.o: preload/%.c | $(B)/.machine
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(PRELOAD) $(EARLY) -c -o $@ $<

$(B)/obj/preload/include/%.o: include/%.c | $(B)/.machine
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(PRELOAD) -c -o $@ $<

$(B)/obj/tools/include/%.o: include/%.c | $(B)/.setup-build
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(TOOLS_CC) $(CFLAGS) $(TOOLS) -c -o $@ $<

$(B)/obj/tools/%.o: tools/%.c | $(B)/.setup-build
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(TOOLS_CC) $(CFLAGS) $(TOOLS) -c -o $@ $<

# Not our code: without our warnings, and without sanitizers.
$(B)/obj/blake3/blake3_sse41.o: VECTOR := -msse4.1
$(B)/obj/blake3/blake3_avx2.o: VECTOR := -mavx2
$(blake3): $(B)/obj/blake3/%.o: | $(B)/.setup-build
	@mkdir -p $(@D); $(call say,CC,$*.c)
	$(Q)$(CC) $(CFLAGS) -w -fPIC -fvisibility=hidden -fno-stack-protector -U_FORTIFY_SOURCE \
		-DNDEBUG -DBLAKE3_NO_SSE2 -DBLAKE3_NO_AVX512 $(VECTOR) -c -o $@ $(BLAKE3)/$*.c

# The launcher knows where it is installed: `make install PREFIX=...` makes it anew.
$(B)/obj/tools/launch/launch_library.o: $(B)/.places
$(B)/.places: FORCE
	@mkdir -p $(@D); echo '$(BINDIR) $(LIBDIR)' | cmp -s - $@ || echo '$(BINDIR) $(LIBDIR)' >$@

include tools/dist/dist.mk tests/systems/systems.mk
-include $(shell find $(B)/obj $(B)/fuzz $(B)/tests -name '*.d' 2>/dev/null)

# --- setting up ----------------------------------------------------------------------

# Stamps: what is missing is looked for once, and again when the list changes.
$(B)/.setup-build $(B)/.setup-demo $(B)/.setup-check $(B)/.setup-bench: $(B)/.setup-%: tests/setup
	@mkdir -p $(B)/include; ln -sf /usr/include/uthash.h $(B)/include
	$(Q)HEADERS=$(B)/include BLAKE3="$(BLAKE3)" tests/setup $*
	@ln -sf $(BLAKE3)/blake3.h $(B)/include
	@touch $@

$(B)/.setup-demo $(B)/.setup-check $(B)/.setup-bench: | $(B)/.setup-build

setup: ## install what building and testing need, through apt-get
	tests/setup check

# --- tests -----------------------------------------------------------------------------

# Everything with no main() and no exported hook, for the linker to take what a test needs.
test_src := $(filter-out %/pycshim.c %/pycstat.c %/hooks.c,\
	$(wildcard tools/*/*.c) $(lib_src))
$(B)/tests/all.a: $(call objects,$(test_src)) $(blake3)
	@mkdir -p $(@D); rm -f $@
	$(Q)ar rcs $@ $^

programs = $(patsubst %.c,$(B)/%,$(wildcard tests/$(1)/*.c))
unit := $(call programs,unit)
hooks := $(call programs,hooks)

$(B)/tests/unit/%: tests/unit/%.c $(B)/tests/all.a | $(B)/.setup-check
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(TOOLS) -Ipreload -Itests/unit -o $@ $< $(B)/tests/all.a $(LDFLAGS) -lcmocka -ldl -pthread

$(B)/tests/hooks/%: tests/hooks/%.c
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(BASE) -Ipreload -o $@ $< $(LDFLAGS) -ldl -pthread

test-programs: $(unit) $(hooks)

# make check-unit, check-hooks, check-e2e, check-engine, check-static, check-san: one part
scripts = $(wildcard tests/$(1)/*.sh)
checks := dist engine e2e static san hooks unit
tests_of = $(call scripts,$(1)) $(if $(filter unit,$(1)),$(unit))
run_tests = B=$(B) V=$(V) MUST_RUN=$(MUST_RUN) PYTHONS="$(PYTHONS)" CC="$(CC)" tests/run

check: all $(unit) $(hooks) | $(B)/.setup-check ## run all tests
	@$(run_tests) $(foreach part,$(checks),$(call tests_of,$(part)))

$(checks:%=check-%): check-%: all $(unit) $(hooks) | $(B)/.setup-check
	@$(run_tests) $(call tests_of,$*)

# Leaves out the static checks that compile everything again or read every interpreter.  One
# of the probe's contexts is enough to see that a wrapper is wrong.
slow_static := $(patsubst %,tests/static/%.sh,compilers imports shell tidy)
check-fast: all $(unit) $(B)/tests/hooks/probe | $(B)/.setup-check ## run the tests that take less than two minutes
	@CONTEXTS=main $(run_tests) tests/hooks/probe.sh $(call tests_of,unit) \
		$(filter-out $(slow_static),$(call scripts,static))

coverage: | $(B)/.setup-check ## print how many lines of each folder the tests reach
	@B=$(B)/coverage PYTHONS="$(PYTHONS)" tests/coverage

check-cpython: all | $(B)/.setup-check ## run many more of CPython's own tests with and without the library (hours)
	@TEST_TIMEOUT=$(or $(TEST_TIMEOUT),36000) $(run_tests) $(wildcard tests/e2e/cpython_*.sh tests/cpython/*.sh)

# libFuzzer, with sanitizers over every source that it drives; the seeds stay as they are.
FUZZ := clang -g -O1 -fno-sanitize-recover=all -fsanitize=address,undefined,fuzzer
fuzz_src := $(filter-out %/pycshim.c %/pycstat.c %/hooks.c,$(wildcard include/*.c tools/*/*.c preload/*/*.c))

$(B)/fuzz/%.o: %.c | $(B)/.setup-check
	@mkdir -p $(@D); $(call say,FUZZ,$<)
	$(Q)$(FUZZ)-no-link $(TOOLS) -Ipreload -c -o $@ $<

$(B)/fuzz/all.a: $(fuzz_src:%.c=$(B)/fuzz/%.o) $(blake3)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/tests/fuzz/%: tests/fuzz/%.c $(B)/fuzz/all.a
	@mkdir -p $(@D); $(call say,FUZZ,$<)
	$(Q)$(FUZZ) $(TOOLS) -Ipreload -o $@ $< $(B)/fuzz/all.a

fuzz: $(call programs,fuzz) ## feed each parser random input for FUZZ_SECONDS
	$(Q)for program in $^; do name=$${program##*/fuzz_} && mkdir -p $(B)/corpus/$$name && \
		$$program -max_total_time=$(or $(FUZZ_SECONDS),60) -print_final_stats=1 \
		$(B)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; done

# --- showing ---------------------------------------------------------------------------

bench_programs := $(call programs,bench)

$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(BASE) -D_GNU_SOURCE -Itests/unit -rdynamic -o $@ $< $(LDFLAGS) -lm

bench: all $(bench_programs) | $(B)/.setup-bench ## measure speed and size, beside the targets
	@B=$(B) V=$(V) PYTHONS="$(PYTHONS)" CC="$(CC)" BENCH_ROWS="$(BENCH_ROWS)" BENCH_ROUNDS=$(BENCH_ROUNDS) tests/bench/run

demo: all | $(B)/.setup-demo ## show what it does on a real program, in less than a minute
	@B=$(B) PYTHONS="$(PYTHONS)" tests/demo

lint: check-static ## check style and contracts without running anything

format: ## lay out the C code as .clang-format says
	clang-format -i $(wildcard include/*.[ch] preload/*/*.[ch] tools/*/*.[ch] tests/*/*.[ch])

install: all ## install below PREFIX (BINDIR, LIBDIR, MANDIR; DESTDIR in front)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(MANDIR)/man1
	install -m 755 $(B)/pycshim $(B)/pycstat $(DESTDIR)$(BINDIR)
	install -m 644 $(B)/libpycshim.so $(DESTDIR)$(LIBDIR)
	install -m 644 tools/pycshim.1 tools/pycstat.1 $(DESTDIR)$(MANDIR)/man1
	tools/completion/run install $(B)/share $(DESTDIR)$(dir $(MANDIR:/=))

uninstall: ## remove what install installed
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,pycshim pycstat) $(DESTDIR)$(LIBDIR)/libpycshim.so $(addprefix $(DESTDIR)$(MANDIR)/man1/,pycshim.1 pycstat.1)
	tools/completion/run uninstall $(DESTDIR)$(dir $(MANDIR:/=))

# `make -j clean all` does one after the other.
$(if $(filter clean,$(MAKECMDGOALS)),$(eval .NOTPARALLEL:))

clean: ## remove what was built
	rm -rf $(B)

help: ## this text
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile */*/*.mk
	@echo '  check-PART     one of: $(checks)'
	@sed -n 's/^## /  /p' Makefile */*/*.mk

.PHONY: FORCE all setup check check-fast test-programs $(checks:%=check-%) check-cpython coverage fuzz bench demo lint format install uninstall dist clean help
.DELETE_ON_ERROR:
