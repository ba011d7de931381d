/* SPDX-License-Identifier: MIT */
/*
 * Makes the golden recording of this format version, always with the same bytes, and the
 * fuzzer's seeds, one for each kind of damage.  Run it again only for a new version: the
 * golden recordings of old versions prove that the reader can still read them.
 *
 *	make_golden recording > tests/golden/v1.recording
 *	make_golden seeds DIRECTORY
 */
#include "../unit/records_modules.h"

static const char master[] = "/usr/bin/python3\0-m\0gunicorn\0-w\0"
			     "2\0shop.wsgi";
static const char worker[] = "gunicorn: worker [shop.wsgi]";

static void stale_by(struct records *records, const char *stem, struct records_pyc change)
{
	struct records_module module = records_module("/app/shop", stem);
	struct records_pyc pyc = module.valid;

	pyc.magic = change.magic ? change.magic : pyc.magic;
	pyc.flags = change.flags;
	pyc.true_mtime = change.true_mtime;
	pyc.true_source_bytes = change.true_source_bytes;
	pyc.bytes = change.bytes ? change.bytes : pyc.bytes;
	records_stale(records, &module, &pyc);
	records_write(records, &module);
}

/* CPython 2.7 reads the source first, and writes the pyc in place. */
static void python2(struct records *records)
{
	static const struct records_pyc pyc = {62211,	   0,  1690000000, 0,
					       1690000001, 50, 900,	   false};

	records_bytes(records, RECORD_read_source, "/app/old/m.py", 50, 0);
	records_lookup(records, "/app/old/m.pyc", 0, &pyc);
	records_compile(records, "/app/old/m.py", 700000, RECORD_EXACT);
	records_event(records, RECORD_unlink, "/app/old/m.pyc", NULL, 0);
	records_event(records, RECORD_create, "/app/old/m.pyc", NULL, 0);
	records_bytes(records, RECORD_write, "/app/old/m.pyc", 900, RECORD_COMPLETE);
}

static void master_process(struct records *records)
{
	struct records_module module = records_module("/app/shop", "__init__");

	records_process(records, 11, 100, master, sizeof(master));
	records_miss_written(records, &module);
	module = records_module("/usr/lib/python3.11", "os");
	records_hit(records, &module);
	stale_by(records, "mtime", (struct records_pyc){.true_mtime = 1690000060});
	stale_by(records, "size", (struct records_pyc){.true_source_bytes = 2001});
	stale_by(records, "magic", (struct records_pyc){.magic = 3531});
	stale_by(records, "flags", (struct records_pyc){.flags = 8});
	stale_by(records, "short", (struct records_pyc){.bytes = 9});
	stale_by(records, "hash", (struct records_pyc){.flags = 3});
	python2(records);
}

static void worker_process(struct records *records, uint64_t token, uint32_t pid)
{
	struct records_module module = records_module("/app/shop/orders", "models");

	records_process(records, token, pid, worker, sizeof(worker));
	records_miss_mkdir(records, &module, EROFS);
	module = records_module("/app/shop/orders", "views");
	records_miss_create(records, &module, EACCES);
	module = records_module("/app/shop/orders", "urls");
	records_miss_unwritten(records, &module);
	module = records_module("/app/shop/orders", "\xff\"\\\n");
	records_hit(records, &module);
	records_lookup(records, "/app/secret/__pycache__/m.cpython-311.pyc", EACCES,
		       NULL);
	records_event(records, RECORD_rmdir, "/app/shop/gone/__pycache__", NULL, 0);
}

static struct records golden(void)
{
	struct records records;

	records_begin(&records);
	master_process(&records);
	worker_process(&records, 12, 101);
	records.action = ACTION_redirect;
	worker_process(&records, 13, 102);
	records.action = ACTION_pass;
	records_process(&records, 14, 103, worker, sizeof(worker));
	records_totals(&records, (struct record_totals){
					 .lost_events = 5,
					 .lookups = 4,
					 .hits = 3,
					 .misses = 1,
					 .write_errors = {{ENOSPC, 1}},
				 });
	return records;
}

static void put(const char *directory, const char *name, const struct records *records)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (!file || fwrite(records->bytes, 1, records->size, file) != records->size ||
	    fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* The same, for records that are freed afterwards. */
static void put_last(const char *directory, const char *name, struct records *records)
{
	put(directory, name, records);
	records_free(records);
}

/* Returns the last record; its checksum is corrected after it was changed. */
static struct record *last(struct records *records)
{
	return (struct record *)(void *)(records->bytes + records->last);
}

static void put_lies(const char *directory)
{
	struct records records;
	struct record_process *process;

	records_begin(&records);
	records_process(&records, 1, 1, worker, sizeof(worker));
	process = (struct record_process *)(void *)records.bytes;
	process->command_bytes = 60000;
	process->record.check = record_check(&process->record);
	put_last(directory, "process-lengths", &records);
	records_begin(&records);
	records_event(&records, RECORD_rename, "/234567", NULL, 0);
	put_last(directory, "rename-without-new-path", &records);
	records_begin(&records);
	records_event(&records, RECORD_write, "/app/m.pyc", NULL, 0);
	last(&records)->size = 16384;
	put_last(directory, "size-beyond-the-end", &records);
	records_begin(&records);
	records_event(&records, (enum record_type)99, "/app/m.pyc", NULL, 0);
	put_last(directory, "unknown-type", &records);
	records_begin(&records);
	records_event(&records, RECORD_lookup, "", NULL, 0);
	records_event(&records, RECORD_read_source, "/", NULL, 0);
	records_event(&records, RECORD_create, ".pyc.1", NULL, 0);
	records_event(&records, RECORD_mkdir, "__pycache__", NULL, EROFS);
	records_event(&records, RECORD_write, "a.pyc", NULL, 0);
	put_last(directory, "odd-paths", &records);
}

static void put_seeds(const char *directory)
{
	struct records_module module = records_module("/app", "shop");
	struct records whole = golden(), records;

	put(directory, "golden", &whole);
	whole.size -= 13;
	put(directory, "cut", &whole);
	memset(whole.bytes + 400, 'P', 200);
	put(directory, "damaged", &whole);
	memmove(whole.bytes, whole.bytes + 5, whole.size -= 5);
	put_last(directory, "unaligned", &whole);
	records_begin(&records);
	records_process(&records, 1, 1, worker, sizeof(worker));
	records_miss_written(&records, &module);
	records_hit(&records, &module);
	put(directory, "one-module", &records);
	records.bytes[3] = 2;
	put_last(directory, "other-version", &records);
	put_lies(directory);
}

int main(int argc, char **argv)
{
	struct records records;
	bool written;

	if (argc == 3 && strcmp(argv[1], "seeds") == 0) {
		put_seeds(argv[2]);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "recording") != 0) {
		fprintf(stderr, "usage: make_golden recording | seeds DIRECTORY\n");
		return 64;
	}
	records = golden();
	written = fwrite(records.bytes, 1, records.size, stdout) == records.size;
	records_free(&records);
	return written && fflush(stdout) == 0 ? 0 : 1;
}
