/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a program (tools/launch/launch_elf.c and launch_dynamic.c): what is read of it
 * lies within it.
 */
#include "fuzz.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launch/launch_dynamic.h"
#include "launch/launch_elf.h"

static bool is_in(const char *text, const uint8_t *data, size_t size)
{
	return memmem(data, size, text, strlen(text) + 1) != NULL;
}

static void check_headers(int fd, const uint8_t *data, size_t size)
{
	struct elf elf, again;
	char name[48];
	int result = elf_read(fd, &elf);

	must(memchr(elf.loader, '\0', sizeof(elf.loader)) != NULL, "no end");
	must(result == 0 || !elf.loader[0], "the loader of a program that is none");
	must(!elf.loader[0] || is_in(elf.loader, data, size), "a loader from elsewhere");
	must(elf_read(fd, &again) == result, "another answer, asked again");
	if (result)
		return;
	must(elf.class == ELFCLASS32 || elf.class == ELFCLASS64, "no class");
	must(elf.data == ELFDATA2LSB || elf.data == ELFDATA2MSB, "no byte order");
	must(elf.type == ET_EXEC || elf.type == ET_DYN, "no program");
	must(elf_is_same_machine(&elf, &again), "another machine than itself");
	must(elf_machine_name(&elf, name) == name && name[0], "no name");
	must(strlen(name) < sizeof(name), "too long a name");
}

static void check_dynamic(int fd, const uint8_t *data, size_t size)
{
	struct dynamic dynamic;
	const char *needed;

	if (dynamic_read(fd, &dynamic) != 0)
		return;
	must(dynamic.count <= DYNAMIC_ENTRIES_MAX, "too many entries");
	must(dynamic.bytes <= size, "more names than there are bytes");
	must(dynamic.bytes == 0 || memmem(data, size, dynamic.strings, dynamic.bytes),
	     "names from elsewhere");
	needed = dynamic_needed(&dynamic, "");
	must(!needed || (needed >= dynamic.strings &&
			 needed < dynamic.strings + dynamic.bytes),
	     "a library from elsewhere");
	must(!needed || !*needed || dynamic_needed(&dynamic, needed),
	     "a library that is not found by its name");
	(void)!dynamic_has_name(&dynamic, "__asan_init");
	free(dynamic.strings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no memory");
	check_headers(fd, data, size);
	check_dynamic(fd, data, size);
	close(fd);
	return 0;
}
