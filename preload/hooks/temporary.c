/* SPDX-License-Identifier: MIT */
/*
 * See temporary.h.  Runs in the host: any thread, any context.
 */
#include "hooks/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hooks/scan.h"
#include "host/config.h"
#include "host/process.h"
#include "host/sys.h"

#define XS "XXXXXX"
#define X_COUNT (sizeof(XS) - 1)
#define TRIES 10000

bool temporary_is_ours(const char *template, int suffix)
{
	size_t length;

	if (config.mode != MODE_redirect || scan_path(template) != SCAN_OURS)
		return false;
	length = strlen(template);
	return suffix >= 0 && length >= X_COUNT + (size_t)suffix &&
	       memcmp(template + length - (size_t)suffix - X_COUNT, XS, X_COUNT) == 0 &&
	       process_gate(__builtin_frame_address(0));
}

int temporary_make(char *template, int suffix, int flags,
		   int (*make)(const char *path, int flags))
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char *name = template + strlen(template) - (size_t)suffix - X_COUNT;
	uint64_t random = sys_clock_ns(CLOCK_MONOTONIC) ^ (uint64_t)sys_gettid() << 32;
	int made = -1, tries, host_error = errno;
	uint64_t rest;
	size_t i;

	for (tries = 0; made < 0 && tries < TRIES; tries++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		rest = random >> 16;
		for (i = 0; i < X_COUNT; i++, rest /= sizeof(letters) - 1)
			name[i] = letters[rest % (sizeof(letters) - 1)];
		made = make(template, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL);
		if (made < 0 && errno != EEXIST)
			return made;
	}
	if (made >= 0)
		errno = host_error;
	return made;
}
