/* SPDX-License-Identifier: MIT */
/*
 * Adds an entry to a store, as the library does: make_store STORE SOURCE TAG MAGIC CODE.
 * SOURCE and CODE are files; CODE "-" stands for a code object of no meaning.  Prints the
 * name of the entry.
 *
 * make_store STORE many COUNT: adds so many small entries, used one second apart.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

static void *read_file(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	char *buffer = malloc(1 << 20);

	if (!file || !buffer)
		exit(1);
	*bytes = fread(buffer, 1, 1 << 20, file);
	fclose(file);
	return buffer;
}

static void make_name(char *path, size_t size, const char *store,
		      const struct store_key *key)
{
	char name[STORE_NAME_BYTES];

	store_name(name, key);
	snprintf(path, size, "%s/%.2s", store, name);
	mkdir(path, 0700);
	snprintf(path, size, "%s/%s", store, name);
}

static void add(const char *store, const struct store_key *key, const char *source,
		const void *code, size_t code_bytes, time_t used)
{
	size_t path_bytes = strlen(source) + 1,
	       bytes = sizeof(struct store_entry) + path_bytes + code_bytes;
	struct store_entry *entry = calloc(1, bytes);
	struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};
	char path[4096];
	int fd;

	if (!entry)
		exit(1);
	entry->magic = STORE_MAGIC;
	entry->path_bytes = (uint32_t)path_bytes;
	entry->key = *key;
	entry->code_bytes = code_bytes;
	entry->cpu_ns = 6400000;
	memcpy(entry + 1, source, path_bytes);
	memcpy((char *)(entry + 1) + path_bytes, code, code_bytes);
	entry->check = content_check(&entry->key,
				     bytes - offsetof(struct store_entry, key));
	make_name(path, sizeof(path), store, key);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, entry, bytes) != (ssize_t)bytes ||
	    (used && futimens(fd, times) != 0))
		exit(1);
	close(fd);
	free(entry);
}

int main(int argc, char **argv)
{
	struct store_key key = {.magic = 3531, .tag = "cpython-312"};
	char name[STORE_NAME_BYTES];
	size_t source_bytes, code_bytes = 4;
	const void *source, *code = "NNNN";
	long i;

	content_prepare();
	if (argc == 4 && strcmp(argv[2], "many") == 0) {
		for (i = 0; i < atol(argv[3]); i++) {
			content_of(&key.source, &i, sizeof(i));
			add(argv[1], &key, "/app/a.py", code, 4, 1700000000 + i);
		}
		return 0;
	}
	if (argc != 6)
		return 1;
	source = read_file(argv[2], &source_bytes);
	if (strcmp(argv[5], "-") != 0)
		code = read_file(argv[5], &code_bytes);
	content_of(&key.source, source, source_bytes);
	snprintf(key.tag, STORE_TAG_MAX, "%s", argv[3]);
	memset(key.tag + strlen(key.tag), 0, sizeof(key.tag) - strlen(key.tag));
	key.magic = (uint32_t)atol(argv[4]);
	add(argv[1], &key, argv[2], code, code_bytes, 0);
	store_name(name, &key);
	puts(name);
	return 0;
}
