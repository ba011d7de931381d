# pycshim: library, launcher, reader, and all that checks them.  `make help` lists targets.

## B=build           the directory to build in
## CC, CFLAGS, LDFLAGS, SAN=address,undefined, WERROR=1
## PREFIX=/usr/local, DESTDIR, BINDIR, LIBDIR, MANDIR
## V=1               show commands, and all that the tests say
## PYTHONS="..."     the interpreters to test with, instead of all that are found
## MUST_RUN=1        a test that has to be skipped is a failure
## JOBS=N            tests at once; KEEP=1 keeps their directories
## BENCH_ROWS="...", BENCH_ROUNDS=N   see tests/bench/run

ifeq ($(origin CC),default) # make's own default is cc, which ?= would keep
CC := gcc
endif
CFLAGS ?= -O2 -g
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
BASE := -std=gnu11 -Iinclude $(WARN) -MMD -MP $(SANFLAGS)

# The library is loaded into programs of any age and libc: nothing that a newer compiler
# would import (fortify, stack protector), nothing exported but the hooks.
PRELOAD := $(BASE) -D_GNU_SOURCE -Ipreload -fPIC -fvisibility=hidden -ftls-model=initial-exec \
	-fno-stack-protector -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 -fno-plt \
	-fasynchronous-unwind-tables -fdata-sections
# Every process maps it: two segments are mapped faster than four, and small variables that
# lie together, not between large arrays, take fewer pages of its own.
SHARED := -shared -Wl,-soname,libpycshim.so -Wl,-z,defs -Wl,-z,now -Wl,-z,noseparate-code \
	-Wl,-O1 -Wl,--hash-style=both -Wl,--sort-section=alignment
# musl-gcc does not look into /usr/include: a link to the one header that we need from there.
TOOLS := $(BASE) -Itools -idirafter $(B)/include -DLIBDIR='"$(LIBDIR)"' -DBINDIR='"$(BINDIR)"' -D_GNU_SOURCE

lib_src := $(wildcard preload/*.c)
both_src := tools/util.c tools/user.c tools/usage.c tools/suggest.c tools/quote.c tools/escape.c
launcher_src := tools/pycshim.c $(wildcard tools/launch_*.c) $(both_src)
reader_src := $(filter-out $(launcher_src),$(wildcard tools/*.c)) $(both_src)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

all: $(B)/libpycshim.so $(B)/pycshim $(B)/pycstat ## build the library, the launcher and the reader

$(B)/libpycshim.so: $(call objects,$(lib_src))
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) $(SHARED) -o $@ $(filter %.o,$^)

$(B)/pycshim: $(call objects,$(launcher_src))
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $^

$(B)/pycstat: $(call objects,$(reader_src))
	@$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(LDFLAGS) -o $@ $^

# Compiled alone, first: on a machine that the library does not know, one message is enough.
$(B)/.machine: preload/machine.h | $(B)/.setup-build
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -E -o /dev/null $< && touch $@

# A sanitizer's run-time calls our wrappers, which find the real functions, before it is ready.
$(B)/obj/preload/real.o $(B)/obj/preload/symbols.o: EARLY := $(if $(SAN),-fno-sanitize=all)

$(B)/obj/preload/%.o: preload/%.c | $(B)/.machine
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(PRELOAD) $(EARLY) -c -o $@ $<

$(B)/obj/tools/%.o: tools/%.c | $(B)/.setup-build
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(TOOLS) -c -o $@ $<

# The launcher knows where it is installed: `make install PREFIX=...` makes it anew.
$(B)/obj/tools/launch_library.o: $(B)/.places
$(B)/.places: FORCE
	@mkdir -p $(@D); echo '$(BINDIR) $(LIBDIR)' | cmp -s - $@ || echo '$(BINDIR) $(LIBDIR)' >$@

-include $(shell find $(B)/obj $(B)/tests -name '*.d' 2>/dev/null)

# --- setting up ----------------------------------------------------------------------

# Stamps: what is missing is looked for once, and again when the list changes.
$(B)/.setup-build $(B)/.setup-demo $(B)/.setup-check: $(B)/.setup-%: tests/setup
	@mkdir -p $(B)/include; ln -sf /usr/include/uthash.h $(B)/include
	$(Q)HEADERS=$(B)/include tests/setup $*
	@touch $@

$(B)/.setup-demo $(B)/.setup-check: | $(B)/.setup-build

setup: ## install what building and testing need, through apt-get
	tests/setup check

# --- tests -----------------------------------------------------------------------------

# Everything with no main() and no exported hook, for the linker to take what a test needs.
test_src := $(filter-out tools/pycshim.c tools/pycstat.c preload/hooks.c,\
	$(wildcard tools/*.c preload/*.c))
$(B)/tests/all.a: $(call objects,$(test_src))
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

# make check-unit, check-hooks, check-e2e, check-static, check-san: one part
scripts = $(wildcard tests/$(1)/*.sh)
checks := e2e static san hooks unit
tests_of = $(call scripts,$(1)) $(if $(filter unit,$(1)),$(unit))
run_tests = B=$(B) V=$(V) MUST_RUN=$(MUST_RUN) PYTHONS="$(PYTHONS)" CC="$(CC)" tests/run

check: all $(unit) $(hooks) | $(B)/.setup-check ## run all tests
	@$(run_tests) $(foreach part,$(checks),$(call tests_of,$(part)))

$(checks:%=check-%): check-%: all $(unit) $(hooks) | $(B)/.setup-check
	@$(run_tests) $(call tests_of,$*)

check-cpython: all | $(B)/.setup-check ## run many more of CPython's own tests with and without the library (hours)
	@TEST_TIMEOUT=$(or $(TEST_TIMEOUT),36000) $(run_tests) $(wildcard tests/e2e/cpython_*.sh tests/cpython/*.sh)

# libFuzzer, with sanitizers over every source that it drives; the seeds stay as they are.
$(B)/tests/fuzz/%: tests/fuzz/%.c $(filter tools/%,$(test_src)) | $(B)/.setup-check
	@mkdir -p $(@D); $(call say,FUZZ,$<)
	$(Q)clang -g -O1 -fsanitize=fuzzer,address,undefined $(filter-out -MMD -MP,$(TOOLS)) -o $@ $(filter %.c,$^)

fuzz: $(call programs,fuzz) ## feed the reader random recordings for FUZZ_SECONDS each
	$(Q)mkdir -p $(B)/corpus
	$(Q)for program in $^; do $$program -max_total_time=$(or $(FUZZ_SECONDS),60) -print_final_stats=1 \
		$(B)/corpus tests/fuzz/corpus || exit 1; done

# --- showing ---------------------------------------------------------------------------

bench_programs := $(call programs,bench)

$(B)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D); $(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(BASE) -D_GNU_SOURCE -Itests/unit -rdynamic -o $@ $< $(LDFLAGS) -lm

bench: all $(bench_programs) | $(B)/.setup-check ## measure speed and size, beside the targets
	@B=$(B) V=$(V) PYTHONS="$(PYTHONS)" CC="$(CC)" BENCH_ROWS="$(BENCH_ROWS)" \
		BENCH_ROUNDS=$(BENCH_ROUNDS) tests/bench/run

demo: all | $(B)/.setup-demo ## show what it does on a real program, in less than a minute
	@B=$(B) PYTHONS="$(PYTHONS)" tests/demo

lint: check-static ## check style and contracts without running anything

format: ## lay out the C code as .clang-format says
	clang-format -i $(wildcard include/*.h preload/*.[ch] tools/*.[ch] tests/*/*.[ch])

install: all ## install below PREFIX (BINDIR, LIBDIR, MANDIR; DESTDIR in front)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(MANDIR)/man1
	install -m 755 $(B)/pycshim $(B)/pycstat $(DESTDIR)$(BINDIR)
	install -m 644 $(B)/libpycshim.so $(DESTDIR)$(LIBDIR)
	install -m 644 tools/pycshim.1 tools/pycstat.1 $(DESTDIR)$(MANDIR)/man1

uninstall: ## remove what install installed
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,pycshim pycstat) $(DESTDIR)$(LIBDIR)/libpycshim.so \
		$(addprefix $(DESTDIR)$(MANDIR)/man1/,pycshim.1 pycstat.1)

dist: ## make an archive of the last commit
	git archive --prefix=pycshim/ -o $(B)/pycshim.tar.gz HEAD

# `make -j clean all` does one after the other.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

clean: ## remove what was built
	rm -rf $(B)

help: ## this text
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo '  check-PART     one of: $(checks)'
	@sed -n 's/^## /  /p' Makefile

.PHONY: FORCE all setup check test-programs $(checks:%=check-%) check-cpython fuzz bench demo \
	lint format install uninstall dist clean help
.DELETE_ON_ERROR:
