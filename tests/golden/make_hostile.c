/* SPDX-License-Identifier: MIT */
/*
 * Makes hostile recordings, which try to harm the user who reads them.
 *
 *	make_hostile names > FILE	names with control sequences for terminals
 *	make_hostile module DIR > FILE	a module in that directory
 *	make_hostile process PID > FILE	a process with that pid; all have the same token
 */
#include "../unit/records_modules.h"

/* An escape sequence, C1 controls as UTF-8 and as a byte, and bidirectional controls. */
#define EVIL "\x1b]0;t\a\xc2\x9b\x9b\xe2\x80\xae\xd8\x9c\r\n\"'\\\x7f"

static void make_names(struct records *records)
{
	static const char command[] = "python3\0-c\0" EVIL "\0a b $(id)\0" EVIL;
	struct records_module module;
	char stem[64];
	int i;

	records_process(records, 1, 100, command, sizeof(command));
	for (i = 0; i < 8; i++) {
		snprintf(stem, sizeof(stem), "m%d" EVIL, i);
		module = records_module("/srv/my app/" EVIL, stem);
		records_miss_mkdir(records, &module, EROFS);
	}
	records_event(records, RECORD_rename, "/a" EVIL ".pyc", "/b" EVIL ".pyc", 0);
}

static void make_process(struct records *records, uint32_t pid, const char *directory)
{
	static const char command[] = "python3\0m.py";
	struct records_module module = records_module(directory, "m");

	records->now_ns += pid; /* events of several processes alternate */
	records_process(records, 1, pid, command, sizeof(command));
	records_miss_mkdir(records, &module, EROFS);
	records_hit(records, &module);
}

int main(int argc, char **argv)
{
	struct records records;

	records_begin(&records);
	if (argc == 2 && strcmp(argv[1], "names") == 0) {
		make_names(&records);
	} else if (argc == 3 && strcmp(argv[1], "process") == 0) {
		make_process(&records, (uint32_t)atoi(argv[2]), "/app");
	} else if (argc == 3 && strcmp(argv[1], "module") == 0) {
		make_process(&records, 1, argv[2]);
	} else {
		fprintf(stderr, "usage: make_hostile names | process PID | module DIR\n");
		return 64;
	}
	if (fwrite(records.bytes, 1, records.size, stdout) != records.size)
		return 1;
	records_free(&records);
	return fflush(stdout) == 0 ? 0 : 1;
}
