/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an entry of a store (include/store.c), and as the name of one
 * (tools/read/store_list.c): what is taken lies within the bytes, and says what it is.
 */
#include "fuzz.h"

#include "answer/store_verify.h"
#include "read/store_list.h"
#include "store.h"

/* Make the checksum right, so that what is behind it is reached. */
static void set_check(struct store_entry *entry, size_t size)
{
	entry->check = content_check(&entry->key,
				     size - offsetof(struct store_entry, key));
}

static void check_entry(const struct store_entry *entry, size_t size)
{
	const uint8_t *begin = (const uint8_t *)entry;
	struct store_key other;
	const char *path;

	if (!store_entry_is_valid(entry, size, NULL)) {
		must(store_entry_problem(entry, size, &entry->key) != NULL,
		     "a fault that is none");
		return;
	}
	path = store_entry_path(entry);
	must(strlen(path) < entry->path_bytes, "a path without end");
	must(memchr(entry->key.tag, '\0', sizeof(entry->key.tag)) != NULL,
	     "a tag without end");
	must(store_entry_code(entry) + entry->code_bytes == begin + size,
	     "code from elsewhere");
	must(!store_entry_problem(entry, size, &entry->key), "a fault of a whole entry");
	other = entry->key;
	other.source.hash[0] ^= 1;
	must(store_entry_problem(entry, size, &other) != NULL, "another entry's name");
}

static void check_name(const uint8_t *data, size_t size)
{
	char *name = copy_as_string(data, size), again[STORE_NAME_BYTES];
	const char part[3] = {name[0], name[0] ? name[1] : '\0', '\0'};
	struct store_key key;

	if (store_name_read(&key, part, name)) {
		must(strlen(name) + 3 < STORE_NAME_BYTES, "too long a name");
		store_name(again, &key);
		must(strcmp(again + 3, name) == 0, "a name that is another one");
		must(!store_name_is_leftover(part, name), "both finished and not");
	}
	(void)!store_name_is_leftover(part, name);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* at its full size at least, because its fields are looked at by name */
	struct store_entry *entry = calloc(1, size + sizeof(*entry));

	must(entry != NULL, "no memory");
	if (size)
		memcpy(entry, data, size);
	check_name(data, size);
	(void)!store_entry_is_valid(entry, size, NULL);
	if (size >= sizeof(*entry)) {
		check_entry(entry, size);
		set_check(entry, size);
		check_entry(entry, size);
	}
	free(entry);
	return 0;
}
