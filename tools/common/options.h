/* SPDX-License-Identifier: MIT */
/*
 * pycstat's parsed command line.  Filled by pycstat.c, read by the commands.
 */
#ifndef PYCSHIM_OPTIONS_H
#define PYCSHIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What --by adds up, in the order of the words that it takes. */
enum option_by { BY_RECORDING, BY_COMMAND, BY_PACKAGE };

struct options {
	bool json;
	bool follow;
	const char *sort; /* NULL: by cost */
	size_t top;	  /* 0: all */
	bool top_given;
	bool is_grouped; /* --by was given: `by` says what */
	enum option_by by;
	bool paths;				 /* only the sources' paths */
	uint32_t pid;				 /* of the events; 0: all */
	const char *operations, *module, *since; /* of the events; NULL: all */
	const char *query;			 /* the operand of `why` */
	const char *const *recordings; /* their paths as given; none: the default one */
	size_t recordings_count;

	const char **records; /* what --record of `store` and `image` names */
	size_t records_count;

	/* of `store`, whose operands are in `recordings` */
	uint64_t max_bytes; /* 0: not given */
	size_t unused_days; /* 0: not given */
	bool has_sample;
	size_t sample;	    /* 0: all */
	const char *python; /* NULL: not given */
	bool dry_run, remove;

	/* of `image`, whose operands are in `recordings` */
	const char *root; /* NULL: not given */
	size_t workers;	  /* 0: not given */
	bool measure;

	const char **fail_if; /* what --fail-if names */
	size_t fail_if_count;
};

#endif
