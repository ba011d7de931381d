/* SPDX-License-Identifier: MIT */
/*
 * See describe.h.
 */
#include "show/describe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/quote.h"
#include "common/util.h"
#include "read/stats_module.h"
#include "read/stats_process.h"
#include "show/totals_json.h"

static FILE *text_begin(char **text, size_t *length)
{
	FILE *out = open_memstream(text, length);

	if (!out)
		die(EXIT_FAILURE, "out of memory");
	return out;
}

static char *text_end(FILE *out, char **text)
{
	if (fclose(out) != 0)
		die(EXIT_FAILURE, "out of memory");
	return *text;
}

char *describe_pid(const struct process *process, bool several)
{
	if (!process->known)
		return xstrdup("?");
	if (several && process->node)
		return xasprintf("%u@%s", process->pid, process->node);
	if (several && process->recording)
		return xasprintf("%u of %s", process->pid, process->recording);
	return xasprintf("%u", process->pid);
}

/*
 * The length of a command line without the NULs at its end that setproctitle() leaves.  It
 * overwrites the arguments with a title, and the kernel shows the rest as empty arguments.
 */
static size_t command_bytes(const struct process *process)
{
	const char *command = process->command;
	size_t bytes = process->command_bytes, words;

	while (bytes > 1 && !command[bytes - 1] && !command[bytes - 2])
		bytes--;
	words = strlen(command) + 1;
	/* one empty argument at the end is real, unless the command is a title: one word */
	if (process->command_bytes - bytes == 1 &&
	    !(words >= bytes && strchr(command, ' ')))
		bytes++;
	return bytes;
}

/* A copy in which each run of blanks and line ends is one blank.  The caller frees it. */
static char *squeezed(const char *word)
{
	char *copy = xstrdup(word), *to = copy;

	for (; *word; word++)
		if (!isspace((unsigned char)*word))
			*to++ = *word;
		else if (!isspace((unsigned char)word[1]))
			*to++ = ' ';
	*to = '\0';
	return copy;
}

static char *quoted_command(const struct process *process, bool squeezes)
{
	const char *at = process->command, *end = at + command_bytes(process);
	char *text, *word, *quoted;
	size_t length;
	FILE *out = text_begin(&text, &length);

	while (at < end) {
		if (at > process->command)
			putc(' ', out);
		word = squeezes ? squeezed(at) : xstrdup(at);
		quoted = quote_word(word, "");
		fputs(quoted, out);
		free(quoted);
		free(word);
		at += strlen(at) + 1;
	}
	return text_end(out, &text);
}

char *describe_command(const struct process *process)
{
	return quoted_command(process, false);
}

char *describe_command_line(const struct process *process)
{
	return quoted_command(process, true);
}

char *describe_tag(const struct module *module)
{
	if (!module->tag_length)
		return NULL;
	return xasprintf("%.*s", (int)module->tag_length, module->pyc + module->tag);
}

char *describe_tag_and_level(const struct module *module)
{
	if (!module->tag_length)
		return xstrdup(module->pyc + module->pyc_length - 4); /* .pyc, .pyo */
	return xasprintf("%.*s", (int)(module->pyc_length - 4 - module->tag),
			 module->pyc + module->tag);
}

char *describe_reason(const struct module *module)
{
	const struct totals *totals = &module->totals;
	const char *separator = "";
	char *text;
	size_t length;
	FILE *out = text_begin(&text, &length);
	unsigned i;

	if (totals->count[VERDICT_misses] > 0) {
		fputs("miss", out);
		separator = ", ";
	}
	for (i = 0; i < STALE_COUNT; i++) {
		if (totals->stale_reason[i] <= 0)
			continue;
		fprintf(out, "%sstale: %s", separator, name_of_stale(i));
		separator = ", ";
	}
	if (totals->count[VERDICT_unreadable] > 0) {
		fprintf(out, "%sunreadable", separator);
		separator = ", ";
	}
	if (!*separator && totals->count[VERDICT_compiled] > 0)
		fputs("on request", out); /* compileall, pip: without a look-up */
	return text_end(out, &text);
}

char *describe_kept(const struct module *module)
{
	const int64_t *count = module->totals.count;
	int64_t kept = count[VERDICT_written], compiled = count[VERDICT_compiled];

	if (compiled <= 0)
		return xstrdup("");
	if (kept >= compiled)
		return xstrdup("yes");
	if (kept > 0)
		return xasprintf("%lld of %lld", (long long)kept, (long long)compiled);
	if (count[VERDICT_write_failed] > 0)
		return xstrdup(name_of_error((uint32_t)module->last_write_error));
	return xstrdup(count[VERDICT_not_attempted] > 0 ? "not tried" : "no");
}

bool describe_is_used(const struct module *module)
{
	size_t i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (module->totals.count[i])
			return true;
	return false;
}

void describe_module_json(struct json *json, const struct module *module)
{
	char *tag = describe_tag(module);

	json_open(json, NULL, '{');
	json_string(json, "source", module->source);
	json_string(json, "pyc", module->pyc);
	json_string(json, "tag", tag);
	json_string(json, "last_stale_reason",
		    module->last_stale_reason < 0
			    ? NULL
			    : name_of_stale((unsigned)module->last_stale_reason));
	json_string(json, "last_write_error",
		    module->last_write_error
			    ? name_of_error((uint32_t)module->last_write_error)
			    : NULL);
	totals_json(json, &module->totals);
	json_boolean(json, "source_seen", !stats_module_lacks_source(module));
	json_boolean(json, "compile_at_most", module->at_most > 0);
	json_integer(json, "compile_not_measured", stats_module_unmeasured(module));
	json_close(json, '{');
	free(tag);
}

void describe_process_json(struct json *json, const struct process *process)
{
	char *command = describe_command(process);

	json_open(json, NULL, '{');
	if (process->known) {
		json_integer(json, "pid", process->pid);
		json_integer(json, "ppid", process->parent_pid);
		json_integer(json, "uid", process->uid);
	} else {
		json_null(json, "pid");
		json_null(json, "ppid");
		json_null(json, "uid");
	}
	json_string(json, "node", process->node);
	json_string(json, "recording", process->recording);
	json_string(json, "executable", process->known ? process->executable : NULL);
	json_string(json, "command", process->known ? command : NULL);
	json_seconds(json, "start", (int64_t)process->start_ns);
	totals_json(json, &process->totals);
	totals_json_reasons(json, &process->totals);
	totals_json_errors(json, &process->errors);
	json_string(json, "mode", name_of_mode(process->mode));
	json_boolean(json, "python", process->python);
	json_seconds(json, "start_up_cpu_seconds", (int64_t)process->start_up_cpu_ns);
	json_integer(json, "lost_events", (int64_t)process->lost_events);
	json_boolean(json, "compile_at_most", process->at_most > 0);
	json_integer(json, "compile_not_measured", stats_process_unmeasured(process));
	json_close(json, '{');
	free(command);
}
