/* SPDX-License-Identifier: MIT */
/*
 * See story_conclusion.h.
 */
#include "answer/story_conclusion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/human.h"
#include "common/names.h"
#include "common/quote.h"
#include "common/util.h"
#include "read/stats_module.h"

static struct human times(int64_t count)
{
	struct human text;

	if (count == 1 || count == 2)
		snprintf(text.s, sizeof(text.s), count == 1 ? "once" : "twice");
	else
		snprintf(text.s, sizeof(text.s), "%.24s times", human_count(count).s);
	return text;
}

/* "because there was no pyc": the reason of the compiles. */
static char *because(const struct module *module)
{
	const int64_t *count = module->totals.count;
	int64_t stale = count[VERDICT_stale] - module->refused;

	if (stale > 0 && count[VERDICT_misses] > 0)
		return xasprintf(
			"because there was no pyc, and once there was, it was stale "
			"(%s)",
			name_of_stale((unsigned)module->last_stale_reason));
	if (stale > 0 && module->last_stale_reason >= 0)
		return xasprintf("because %s",
				 meaning_of_stale((unsigned)module->last_stale_reason));
	if (count[VERDICT_misses] > 0)
		return xstrdup("because there was no pyc");
	if (count[VERDICT_unreadable] > 0)
		return xasprintf(
			"because the pyc is there and could not be read (%s, %s)",
			name_of_error((uint32_t)module->last_lookup_error),
			meaning_of_error((uint32_t)module->last_lookup_error));
	return xstrdup("because somebody asked for it");
}

static char *outcome(const struct module *module)
{
	const char *used = module->unseen ? "read" : "used";
	const int64_t *count = module->totals.count;
	const char *error = name_of_error((uint32_t)module->last_write_error);
	int64_t written = count[VERDICT_written], hits = count[VERDICT_hits];

	if (written > 0 && count[VERDICT_write_failed] > 0)
		return xasprintf("kept %s, and could not be kept %s (%s)",
				 times(written).s, times(count[VERDICT_write_failed]).s,
				 error);
	if (written > 0 && !hits)
		return xasprintf("kept, and not %s in this recording", used);
	if (written > 0 && written < count[VERDICT_compiled])
		return xasprintf("kept %s, and %s %s", times(written).s, used,
				 times(hits).s);
	if (written > 0)
		return xasprintf("kept, and %s %s", used, times(hits).s);
	if (count[VERDICT_write_failed] > 0 &&
	    module->denied >= count[VERDICT_write_failed])
		return xstrdup("not kept, as deny mode wants");
	if (count[VERDICT_write_failed] > 0 && module->last_write_error == EEXIST)
		return xstrdup("another process was just writing it, and has kept it");
	if (count[VERDICT_write_failed] > 0)
		return xasprintf("it could not be kept (%s, %s)", error,
				 meaning_of_error((uint32_t)module->last_write_error));
	switch (stats_module_unattempted(module)) {
	case UNATTEMPTED_BROKEN:
		return xstrdup("not kept: probably it does not compile (SyntaxError)");
	case UNATTEMPTED_UNSURE:
		return xstrdup("nobody tried to keep it (PYTHONDONTWRITEBYTECODE, -B, or "
			       "it did not compile)");
	case UNATTEMPTED_DENY:
		return xstrdup("nobody tried to keep it (it did not compile, or "
			       "PYTHONDONTWRITEBYTECODE, -B), which deny mode would have "
			       "refused");
	default:
		if (module->unkeeper && module->unkeeper->attempts)
			return xstrdup(
				"nobody tried to keep it, though others were kept "
				"(sys.dont_write_bytecode, or it did not compile)");
		return xstrdup("nobody tried to keep it (PYTHONDONTWRITEBYTECODE or -B)");
	}
}

/* "2.1 ms of CPU (and 1 not measured)". */
static char *cost(const struct module *module)
{
	int64_t unmeasured = stats_module_unmeasured(module);
	int64_t compile_ns = module->totals.count[VERDICT_compile_ns];
	const char *most = module->at_most ? "at most " : "";

	if (!compile_ns)
		return xstrdup("what that cost was not measured");
	if (!unmeasured)
		return xasprintf("%s%s of CPU", most, human_seconds(compile_ns).s);
	return xasprintf("%s%s of CPU (and %s not measured)", most,
			 human_seconds(compile_ns).s, human_count(unmeasured).s);
}

/* The pyc was refused and nothing was compiled instead. */
static char *refused(const struct module *module)
{
	bool damaged = module->last_stale_reason == STALE_truncated;

	return xasprintf("its pyc was refused %s, which ended the import: %s.",
			 times(module->totals.count[VERDICT_stale]).s,
			 damaged ? "it is damaged"
				 : "it must be made anew, by the interpreter that runs");
}

/* Append that a damaged pyc must be deleted to `text`, which is freed. */
static char *with_damage(const struct module *module, char *text)
{
	char *pyc, *longer;

	if (!module->damaged_bytes)
		return text;
	pyc = quote_path(module->pyc);
	longer = xasprintf(
		"%s The pyc that is there is damaged, as if cut short when it was "
		"written: a Python that loads it fails. To mend that, delete it: rm -f %s",
		text, pyc);
	free(pyc);
	free(text);
	return longer;
}

/* It was never compiled here, as the store or another process had its pyc. */
static char *shared(const struct module *module)
{
	const int64_t *count = module->totals.count;
	char *text = xasprintf("needed %s and never compiled:",
			       times(count[VERDICT_lookups]).s),
	     *longer;

	if (count[VERDICT_reused] > 0) {
		longer = xasprintf("%s taken from the store %s, which saved %s of CPU%s",
				   text, times(count[VERDICT_reused]).s,
				   human_seconds(count[VERDICT_saved_ns]).s,
				   count[VERDICT_waited] > 0 ? ";" : ".");
		free(text);
		text = longer;
	}
	if (count[VERDICT_waited] <= 0)
		return text;
	longer = xasprintf("%s taken from another process %s, after waiting for %s.",
			   text, times(count[VERDICT_waited]).s,
			   human_seconds(count[VERDICT_wait_ns]).s);
	free(text);
	return longer;
}

char *story_conclusion(const struct module *module)
{
	const int64_t *count = module->totals.count;
	int64_t compiles = count[VERDICT_compiled], lookups = count[VERDICT_lookups];
	const char *used = module->unseen ? "read" : "used";
	const char *lack = !stats_module_lacks_source(module) ? ""
			   : module->by_name ? "; it was loaded by its own name"
					     : "; there is no source beside it";
	char *why, *then, *text, *seconds;

	if (compiles <= 0 && count[VERDICT_hits] >= lookups &&
	    (count[VERDICT_reused] > 0 || count[VERDICT_waited] > 0))
		return shared(module);
	if (compiles <= 0 && lookups == 1 && count[VERDICT_hits] == 1)
		return xasprintf("its pyc was found and %s%s.", used, lack);
	if (compiles <= 0 && lookups > 0 && count[VERDICT_hits] >= lookups)
		return xasprintf("its pyc was %s every time it was needed, %s%s.", used,
				 times(lookups).s, lack);
	if (compiles <= 0 && count[VERDICT_stale] > 0)
		return with_damage(module, refused(module));
	if (compiles <= 0 && lookups > 0)
		return xasprintf(
			"its pyc was looked for %s and %s %s; nothing was compiled in "
			"its place.",
			times(lookups).s, used,
			count[VERDICT_hits] ? times(count[VERDICT_hits]).s : "never");
	if (compiles <= 0)
		return xstrdup("it was not loaded in this recording.");
	why = because(module);
	then = outcome(module);
	seconds = cost(module);
	text = xasprintf(
		"compiled %s, %s, %s; %s.%s", times(compiles).s, seconds, why, then,
		module->refused > 0 ? " A pyc was refused later, which ended the "
				      "import: remove it."
				    : "");
	free(seconds);
	free(why);
	free(then);
	return with_damage(module, text);
}
