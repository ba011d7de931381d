/* SPDX-License-Identifier: MIT */
/*
 * Makes a recording with a given number of events, to measure the reader: several
 * processes load the same 550 modules repeatedly, interleaved like those of a server.
 *
 *	make_recording EVENTS [PROCESSES] > FILE
 */
#include "../unit/records_modules.h"

#define MODULES 550
#define FLUSH_BYTES ((size_t)1 << 20)

static unsigned long long written; /* events */

static struct records_module module_of(unsigned index)
{
	static const char *const packages[] = {
		"/usr/lib/python3.11",
		"/usr/lib/python3.11/asyncio",
		"/usr/local/lib/python3.11/site-packages/django/db/models",
		"/usr/local/lib/python3.11/site-packages/django/contrib/admin/templatetags",
		"/srv/app/shop/orders",
	};
	char stem[32];

	snprintf(stem, sizeof(stem), "module_%u", index);
	return records_module(packages[index % (sizeof(packages) / sizeof(packages[0]))],
			      stem);
}

/* A third of the events are hits, a third written, a third failed. */
static void load(struct records *records, const struct records_module *module,
		 unsigned round)
{
	switch (round % 3) {
	case 0:
		records_hit(records, module);
		written += 1;
		break;
	case 1:
		records_miss_written(records, module);
		written += 6;
		break;
	default:
		records_miss_create(records, module, EROFS);
		written += 4;
		break;
	}
}

static void flush(struct records *records)
{
	if (fwrite(records->bytes, 1, records->size, stdout) != records->size)
		exit(1);
	records->size = 0;
}

int main(int argc, char **argv)
{
	static struct records_module modules[MODULES];
	static const char command[] = "/usr/bin/python3\0-m\0gunicorn\0shop.wsgi";
	unsigned long long events = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	unsigned processes = argc > 2 ? (unsigned)atoi(argv[2]) : 8, i, process;
	struct records records;

	records_begin(&records);
	for (i = 0; i < MODULES; i++)
		modules[i] = module_of(i);
	for (process = 0; process < processes; process++)
		records_process(&records, process + 1, 1000 + process, command,
				sizeof(command));
	for (i = 0; written < events; i++) {
		for (process = 0; process < processes && written < events; process++) {
			records.process = process + 1;
			records.tid = 1000 + process;
			load(&records, &modules[i % MODULES], i + i / MODULES + process);
		}
		if (records.size > FLUSH_BYTES)
			flush(&records);
	}
	flush(&records);
	records_free(&records);
	return 0;
}
