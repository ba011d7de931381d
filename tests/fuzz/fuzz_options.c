/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the launcher's command line, of words that end in a newline
 * (launch_options.c, launch_judge.c): it is refused with a message, or what is taken makes sense.
 */
#include "fuzz.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>

#include "common/usage.h"
#include "launch/launch_judge.h"
#include "launch/launch_options.h"

#define WORDS_MAX 32

static jmp_buf refused;
static FILE *nowhere; /* for warnings */

/* In place of those of tools/common/usage.c, which end the program. */
void usage_error(const char *format, ...)
{
	char message[64];
	va_list list;

	va_start(list, format);
	must(vsnprintf(message, sizeof(message), format, list) > 0, "no message");
	va_end(list);
	longjmp(refused, 1);
}

void usage_option_error(int result, char *const *argv, const struct option *longs)
{
	must(result == '?' || result == ':', "refused without a reason");
	must(argv[optind - 1] && longs->name, "refused a word that is none");
	longjmp(refused, 1);
}

/* What was refused halfway is never given back: the program would have ended. */
int __lsan_is_turned_off(void); /* NOLINT(bugprone-reserved-identifier) */
int __lsan_is_turned_off(void)	/* NOLINT(bugprone-reserved-identifier) */
{
	return 1;
}

static void check_options(const struct launch_options *options, char **words, int count)
{
	const char *problem;
	size_t i;

	if (options->action == LAUNCH_HELP || options->action == LAUNCH_VERSION)
		return;
	must(options->command >= words && options->command <= words + count,
	     "a command from elsewhere");
	must(!options->summary || options->action == LAUNCH_RUN, "a summary of nothing");
	must(options->action != LAUNCH_BAKE || options->target, "no target");
	must((options->action == LAUNCH_RUN || options->action == LAUNCH_CHECK) ==
		     (*options->command != NULL),
	     "a command where none goes, or none");
	for (i = 0; i < VARIABLE_COUNT; i++) {
		if (!options->value[i])
			continue;
		problem = value_problem((enum variable_index)i, options->value[i]);
		must(!problem, "a value that is mistaken");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = copy_as_string(data, size), *rest = text;
	char name[] = "pycshim", *words[WORDS_MAX + 2] = {name};
	static struct launch_options options; /* a longjmp() leaves it as it is */
	FILE *before = stderr;
	int count = 1;

	if (!nowhere)
		nowhere = fopen("/dev/null", "we");
	must(nowhere != NULL, "no /dev/null");

	while (count <= WORDS_MAX && (words[count] = strsep(&rest, "\n")))
		count++;
	words[count] = NULL;
	optind = 0; /* glibc begins anew, with `+` and all */
	stderr = nowhere;
	if (setjmp(refused) == 0) {
		options_parse(&options, count, words);
		judge_options(&options);
		check_options(&options, words, count);
	}
	stderr = before;
	options_free(&options);
	free(text);
	return 0;
}
