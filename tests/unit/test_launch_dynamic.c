/* SPDX-License-Identifier: MIT */
/*
 * The dynamic section of this program, and of truncated or changed files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch/launch_dynamic.h"

static uint8_t *image;
static size_t image_bytes;
static struct dynamic dynamic;

static int read_image(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat status;

	(void)state;
	if (fd < 0 || fstat(fd, &status) != 0)
		return -1;
	image_bytes = (size_t)status.st_size;
	image = malloc(image_bytes);
	if (!image || read(fd, image, image_bytes) != (ssize_t)image_bytes)
		return -1;
	return close(fd);
}

static int free_image(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static int read_bytes(const uint8_t *bytes, size_t count)
{
	int fd = memfd_create("image", MFD_CLOEXEC), result;

	assert_int_equal(write(fd, bytes, count), (ssize_t)count);
	result = dynamic_read(fd, &dynamic);
	close(fd);
	return result;
}

static void dynamic_of_a_program_tells_libraries_and_names(void **state)
{
	(void)state;
	assert_int_equal(read_bytes(image, image_bytes), 0);
	assert_string_equal(dynamic_needed(&dynamic, "libc.so"), "libc.so.6");
	assert_non_null(dynamic_needed(&dynamic, "libcmocka"));
	assert_null(dynamic_needed(&dynamic, "libnone.so"));
	assert_true(dynamic_has_name(&dynamic, "memfd_create"));
	assert_false(dynamic_has_name(&dynamic, "memfd_creat"));
	assert_false(dynamic_has_name(&dynamic, "emfd_create"));
	free(dynamic.strings);
}

static void dynamic_cut_short_is_refused(void **state)
{
	size_t bytes;
	int result;

	(void)state;
	for (bytes = 0; bytes < 2048; bytes += 7) {
		result = read_bytes(image, bytes);
		if (result == 0)
			free(dynamic.strings);
		assert_int_equal(result, -EBADMSG);
	}
}

/* Any result, but nothing out of bounds. */
static void read_with_bytes_changed(size_t from, size_t to)
{
	size_t at;
	int value, result;
	uint8_t old;

	for (at = from; at < to; at++)
		for (value = 0; value < 256; value += 51) {
			old = image[at];
			image[at] = (uint8_t)value;
			result = read_bytes(image, image_bytes);
			image[at] = old;
			assert_true(result == 0 || result == -EBADMSG ||
				    result == -ENOENT);
			if (result != 0)
				continue;
			assert_null(dynamic_needed(&dynamic, "libnone.so"));
			/* a truncated name may happen to be this one */
			(void)!dynamic_has_name(&dynamic, "none");
			free(dynamic.strings);
		}
}

static void dynamic_with_any_byte_changed_ends_well(void **state)
{
	Elf64_Ehdr file;
	Elf64_Phdr header;
	size_t i;

	(void)state;
	memcpy(&file, image, sizeof(file));
	read_with_bytes_changed(0, sizeof(file) + file.e_phnum * sizeof(header));
	for (i = 0; i < file.e_phnum; i++) {
		memcpy(&header, image + file.e_phoff + i * sizeof(header),
		       sizeof(header));
		if (header.p_type == PT_DYNAMIC)
			read_with_bytes_changed(header.p_offset,
						header.p_offset + header.p_filesz);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dynamic_of_a_program_tells_libraries_and_names),
		cmocka_unit_test(dynamic_cut_short_is_refused),
		cmocka_unit_test(dynamic_with_any_byte_changed_ends_well),
	};

	return cmocka_run_group_tests(tests, read_image, free_image);
}
