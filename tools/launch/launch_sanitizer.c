/* SPDX-License-Identifier: MIT */
/*
 * See launch_sanitizer.h.
 */
#include "launch/launch_sanitizer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "launch/launch_dynamic.h"
#include "launch/launch_evidence.h"
#include "launch/launch_follow.h"
#include "launch/launch_program.h"

/* The name of the ASan runtime that the program needs, if it sets options; else NULL. */
static char *needed_runtime(const char *path)
{
	struct dynamic *dynamic = xmalloc(sizeof(*dynamic));
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *name = NULL;
	char *needed = NULL;

	if (fd >= 0 && dynamic_read(fd, dynamic) == 0) {
		name = dynamic_needed(dynamic, "libasan.so");
		if (!name)
			name = dynamic_needed(dynamic, "libclang_rt.asan");
		if (name && dynamic_has_name(dynamic, "__asan_default_options"))
			needed = xstrdup(name);
		free(dynamic->strings);
	}
	if (fd >= 0)
		close(fd);
	free(dynamic);
	return needed;
}

/* Find the path of a library in the loader's list: "\tNAME => PATH (0x...". */
static char *path_in_list(const char *list, const char *name)
{
	char *begin = xasprintf("\t%s => /", name);
	const char *at = strstr(list, begin), *end = at ? strstr(at, " (0x") : NULL;
	char *path = NULL;

	if (end) {
		at += strlen(begin) - 1;
		path = xasprintf("%.*s", (int)(end - at), at);
	}
	free(begin);
	return path;
}

char *sanitizer_to_preload(const char *path, const struct launch_options *options,
			   const char *library)
{
	struct program program, ours;
	struct program_obstacle obstacle;
	struct evidence evidence;
	char *name = NULL, *runtime = NULL;
	char *end = follow_quietly(path, &program);
	char *argv[] = {end, NULL};

	if (end && program_inspect(library, &ours) == 0 &&
	    !program_has_obstacle(&program, &ours.elf, &obstacle))
		name = needed_runtime(end);
	if (name && evidence_run(&evidence, options, library, argv,
				 "LD_TRACE_LOADED_OBJECTS=1") == 0)
		runtime = path_in_list(evidence.output, name);
	free(name);
	free(end);
	return runtime;
}
