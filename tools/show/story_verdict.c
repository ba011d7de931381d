/* SPDX-License-Identifier: MIT */
/*
 * See story_verdict.h.
 */
#include "show/story_verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/stats_module.h"

const char *story_error(uint32_t error)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s (%s)", name_of_error(error),
		 meaning_of_error(error));
	return text;
}

static char *stale_mtime(const struct story_event *event)
{
	return xasprintf(
		"found it, but it is stale: it was made from a source of %s, and the source is "
		"of %s (mtime %u, not %u)",
		human_date((uint64_t)event->pyc_mtime * 1000000000).s,
		human_date((uint64_t)event->source_mtime * 1000000000).s,
		event->source_mtime, event->pyc_mtime);
}

/* ", CPython 3.12's" for a known magic number, else "". */
static const char *whose_magic(unsigned magic)
{
	static char text[32];
	unsigned minor;
	char tag[32];

	for (minor = 6; magic && minor < 32; minor++) {
		snprintf(tag, sizeof(tag), "cpython-3%u", minor);
		if (pyc_magic_of_tag(tag, strlen(tag)) != magic)
			continue;
		snprintf(text, sizeof(text), ", CPython 3.%u's", minor);
		return text;
	}
	return "";
}

static char *stale_magic(const struct module *module, const struct story_event *event)
{
	unsigned wanted = pyc_magic_of_tag(module->pyc + module->tag, module->tag_length);

	if (wanted && wanted != event->magic)
		return xasprintf(
			"found it, but its magic number is %u%s, and %.*s wants %u "
			"(magic)",
			event->magic, whose_magic(event->magic), (int)module->tag_length,
			module->pyc + module->tag, wanted);
	return xasprintf("found it, but did not accept its magic number, %u%s (magic)",
			 event->magic, whose_magic(event->magic));
}

static char *stale(const struct module *module, const struct story_event *event)
{
	switch (event->reason) {
	case STALE_mtime:
		return stale_mtime(event);
	case STALE_magic:
		return stale_magic(module, event);
	case STALE_size:
		return xasprintf(
			"found it, but it is stale: it was made from a source of %s "
			"bytes, and the source has %s (size)",
			human_count(event->pyc_source_bytes).s,
			human_count(event->source_bytes).s);
	case STALE_truncated:
		if (event->damaged)
			return xasprintf(
				"found it, but it is damaged: its %s bytes hold no code "
				"that is whole, which ended the import; remove it "
				"(truncated)",
				human_count((int64_t)event->amount).s);
		return xasprintf(
			"found it, but it has only %s bytes, fewer than its own header "
			"(truncated)",
			human_count((int64_t)event->amount).s);
	case STALE_hash:
		return xstrdup(
			"found it, but the source's hash is not the one it holds (hash)");
	default:
		return xstrdup(
			"found it, but its header has flags that no interpreter knows "
			"(flags)");
	}
}

/* The same, and why the import ended, if it did. */
static char *stale_at_last(const struct module *module, const struct story_event *event)
{
	char *text = stale(module, event), *longer;

	if (!event->ended || event->damaged)
		return text;
	longer = xasprintf("%s, which ended the import: %s", text,
			   event->by_name ? "it was loaded by its own name"
					  : "there is no source");
	free(text);
	return longer;
}

/* The pyc came from the store, from another process, or from both. */
static char *shared_hit(const struct story_event *event)
{
	char *waited = event->waited ? xasprintf("waited %s for another process, then ",
						 human_seconds((int64_t)event->wait_ns).s)
				     : xstrdup("");
	char *from = event->stored_from ? xasprintf(" from %s", event->stored_from)
					: xstrdup("");
	char *cost = event->saved_ns
			     ? xasprintf(" in %s of CPU",
					 human_seconds((int64_t)event->saved_ns).s)
			     : xstrdup("");
	const char *compiled = *from || *cost ? ": compiled" : "";
	char *text;

	if (event->reused)
		text = xasprintf("%stook it from the store%s%s%s (hit)", waited, compiled,
				 from, cost);
	else
		text = xasprintf("%stook its pyc (hit)", waited);
	free(waited);
	free(from);
	free(cost);
	return text;
}

/* The same for a look-up that waited in vain, or did not wait. */
static char *missed(const struct story_event *event)
{
	if (event->waited)
		return xasprintf("looked for it, waited %s for another process, and it "
				 "was not there (miss)",
				 human_seconds((int64_t)event->wait_ns).s);
	return xstrdup("looked for it, and it was not there (miss)");
}

char *story_verdict(const struct module *module, const struct story_event *event)
{
	switch (event->result) {
	case STORY_HIT:
		if (event->reused || event->waited)
			return shared_hit(event);
		return xasprintf("found it%s%s and %s it%s (hit%s)",
				 event->action == ACTION_redirect ? " in the shadow" : "",
				 stats_module_lacks_source(module) && !event->by_name
					 ? ", without a source,"
					 : "",
				 event->whole ? "used" : "read",
				 event->by_name ? " by its own name" : "",
				 event->header == PYC_CHECKED_HASH
					 ? ", by the source's hash"
					 : "");
	case STORY_MISS:
		return missed(event);
	case STORY_UNREADABLE:
		return xasprintf("looked for it, and could not open it: %s",
				 story_error(event->error));
	case STORY_GLANCE:
		return xstrdup("looked at its header, to see whether to compile");
	default:
		return stale_at_last(module, event);
	}
}
