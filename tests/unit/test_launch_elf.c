/* SPDX-License-Identifier: MIT */
/*
 * ELF headers: real, foreign, truncated at every byte, and crafted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch/launch_elf.h"

#define LOADER "/lib64/ld-test.so.1"

struct image {
	Elf64_Ehdr file;
	Elf64_Phdr program[2];
	char loader[sizeof(LOADER)];
};

static struct image make_image(void)
{
	struct image image = {
		.file = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT},
			 .e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_phoff = offsetof(struct image, program),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 2},
		.program = {{.p_type = PT_LOAD},
			    {.p_type = PT_INTERP,
			     .p_offset = offsetof(struct image, loader),
			     .p_filesz = sizeof(LOADER)}},
		.loader = LOADER,
	};

	return image;
}

static int read_bytes(const void *bytes, size_t length, struct elf *elf)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);
	int result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	result = elf_read(fd, elf);
	close(fd);
	return result;
}

static int read_image(const struct image *image, struct elf *elf)
{
	return read_bytes(image, sizeof(*image), elf);
}

static void elf_of_64_bits_gives_machine_and_loader(void **state)
{
	struct image image = make_image();
	struct elf elf;

	(void)state;
	assert_int_equal(read_image(&image, &elf), 0);
	assert_int_equal(elf.machine, EM_X86_64);
	assert_int_equal(elf.type, ET_DYN);
	assert_string_equal(elf.loader, LOADER);
	image.program[1].p_type = PT_NOTE;
	assert_int_equal(read_image(&image, &elf), 0);
	assert_string_equal(elf.loader, "");
}

static void elf_of_32_bits_big_endian_is_read(void **state)
{
	struct {
		uint8_t file[52], program[32];
		char loader[sizeof(LOADER)];
	} image = {
		.file = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2MSB, EV_CURRENT,
			 [17] = ET_EXEC, [19] = EM_MIPS, [31] = 52, [43] = 32, [45] = 1},
		.program = {[3] = PT_INTERP, [7] = 84, [19] = sizeof(LOADER)},
		.loader = LOADER,
	};
	char name[48];
	struct elf elf;

	(void)state;
	assert_int_equal(read_bytes(&image, sizeof(image), &elf), 0);
	assert_int_equal(elf.machine, EM_MIPS);
	assert_string_equal(elf.loader, LOADER);
	assert_string_equal(elf_machine_name(&elf, name), "mips");
}

static void elf_cut_short_anywhere_is_refused(void **state)
{
	struct image image = make_image();
	struct elf elf;
	size_t length;
	int result;

	(void)state;
	for (length = 0; length < offsetof(struct image, loader) + sizeof(LOADER);
	     length++) {
		result = read_bytes(&image, length, &elf);
		assert_int_equal(result, length < SELFMAG ? -ENOEXEC : -EBADMSG);
		assert_string_equal(elf.loader, "");
	}
}

static void elf_with_crafted_fields_is_refused(void **state)
{
	const struct image good = make_image();
	struct elf elf;
	struct image image;

	(void)state;
#define REFUSED(field, value)                                                            \
	do {                                                                             \
		image = good;                                                            \
		image.field = (value);                                                   \
		assert_int_equal(read_image(&image, &elf), -EBADMSG);                    \
	} while (0)
	REFUSED(file.e_ident[EI_CLASS], 3);
	REFUSED(file.e_ident[EI_DATA], 0);
	REFUSED(file.e_type, ET_CORE);
	REFUSED(file.e_type, ET_REL);
	REFUSED(file.e_phnum, 0);
	REFUSED(file.e_phnum, 0xffff);
	REFUSED(file.e_phentsize, 0);
	REFUSED(file.e_phentsize, 0xffff);
	REFUSED(file.e_phoff, sizeof(image));
	REFUSED(file.e_phoff, INT64_MAX);
	REFUSED(file.e_phoff, UINT64_MAX);
	REFUSED(file.e_phoff, UINT64_MAX - sizeof(Elf64_Phdr));
	REFUSED(program[1].p_filesz, 0);
	REFUSED(program[1].p_filesz, 1);
	REFUSED(program[1].p_filesz, sizeof(LOADER) - 1); /* without its NUL */
	REFUSED(program[1].p_filesz, PATH_MAX + 1);
	REFUSED(program[1].p_filesz, UINT64_MAX);
	REFUSED(program[1].p_offset, sizeof(image));
	REFUSED(program[1].p_offset, UINT64_MAX);
	REFUSED(program[1].p_offset, INT64_MAX - 3);
#undef REFUSED
}

/* Every byte of the headers with every value: any result, but nothing out of bounds. */
static void elf_with_any_byte_changed_ends_well(void **state)
{
	struct image image;
	struct elf elf;
	size_t at;
	int value, result;

	(void)state;
	for (at = 0; at < offsetof(struct image, loader); at++)
		for (value = 0; value < 256; value += 51) {
			image = make_image();
			((uint8_t *)&image)[at] = (uint8_t)value;
			result = read_image(&image, &elf);
			assert_true(result == 0 || result == -ENOEXEC ||
				    result == -EBADMSG);
			assert_non_null(memchr(elf.loader, '\0', sizeof(elf.loader)));
		}
}

static void elf_that_cannot_be_read_gives_the_error(void **state)
{
	struct elf elf;
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(elf_read(fd, &elf), -EISDIR);
	close(fd);
	assert_int_equal(elf_read(-1, &elf), -EBADF);
}

static void elf_machines_are_compared_and_named(void **state)
{
	const struct elf x86 = {
		.class = ELFCLASS64, .data = ELFDATA2LSB, .machine = EM_X86_64};
	struct elf other = x86;
	char name[48];

	(void)state;
	assert_true(elf_is_same_machine(&x86, &other));
	assert_string_equal(elf_machine_name(&x86, name), "x86-64");
	other.class = ELFCLASS32;
	assert_false(elf_is_same_machine(&x86, &other));
	assert_string_equal(elf_machine_name(&other, name), "x86-64, 32 bits");
	other = x86;
	other.data = ELFDATA2MSB;
	assert_false(elf_is_same_machine(&x86, &other));
	other = x86;
	other.machine = EM_AARCH64;
	assert_false(elf_is_same_machine(&x86, &other));
	assert_string_equal(elf_machine_name(&other, name), "aarch64");
	other.machine = 0xfffe;
	assert_string_equal(elf_machine_name(&other, name), "machine 65534");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elf_of_64_bits_gives_machine_and_loader),
		cmocka_unit_test(elf_of_32_bits_big_endian_is_read),
		cmocka_unit_test(elf_cut_short_anywhere_is_refused),
		cmocka_unit_test(elf_with_crafted_fields_is_refused),
		cmocka_unit_test(elf_with_any_byte_changed_ends_well),
		cmocka_unit_test(elf_that_cannot_be_read_gives_the_error),
		cmocka_unit_test(elf_machines_are_compared_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
