/* SPDX-License-Identifier: MIT */
/*
 * See launch_elf.h.
 */
#include "launch/launch_elf.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef EM_LOONGARCH /* since glibc 2.36 */
#define EM_LOONGARCH 258
#endif

/* Real programs have about 13 program headers; the kernel allows 64 KiB of them. */
#define HEADERS_MAX 1024

int elf_read_at(int fd, void *buffer, size_t bytes, uint64_t offset)
{
	ssize_t got;

	if (offset > INT64_MAX - bytes)
		return -EBADMSG;
	got = pread(fd, buffer, bytes, (off_t)offset);
	if (got < 0)
		return -errno;
	return (size_t)got == bytes ? 0 : -EBADMSG;
}

/* A number of 2, 4 or 8 bytes in the file's byte order. */
static uint64_t elf_number(const struct elf *elf, const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		value = value << 8 | at[elf->data == ELFDATA2MSB ? i : bytes - 1 - i];
	return value;
}

/* The value of a field, in the structure that belongs to the file's class. */
#define FIELD(elf, bytes, structure, field)                                              \
	((elf)->class == ELFCLASS64                                                      \
		 ? elf_number(elf, (bytes) + offsetof(Elf64_##structure, field),         \
			      sizeof(((Elf64_##structure *)0)->field))                   \
		 : elf_number(elf, (bytes) + offsetof(Elf32_##structure, field),         \
			      sizeof(((Elf32_##structure *)0)->field)))

static int read_loader(int fd, struct elf *elf, const uint8_t *header)
{
	uint64_t offset = FIELD(elf, header, Phdr, p_offset);
	uint64_t bytes = FIELD(elf, header, Phdr, p_filesz);
	int result;

	/* as the kernel requires it: a string and its NUL (load_elf_binary, fs/binfmt_elf.c) */
	if (bytes < 2 || bytes > sizeof(elf->loader))
		return -EBADMSG;
	result = elf_read_at(fd, elf->loader, bytes, offset);
	if (result == 0 && elf->loader[bytes - 1] != '\0')
		result = -EBADMSG;
	if (result != 0)
		elf->loader[0] = '\0';
	return result;
}

static int read_program_headers(int fd, struct elf *elf, const uint8_t *file_header)
{
	uint64_t offset = FIELD(elf, file_header, Ehdr, e_phoff);
	uint64_t count = FIELD(elf, file_header, Ehdr, e_phnum);
	uint64_t bytes = FIELD(elf, file_header, Ehdr, e_phentsize);
	uint8_t header[sizeof(Elf64_Phdr)];
	uint64_t i;
	int result;

	if (bytes != (elf->class == ELFCLASS64 ? sizeof(Elf64_Phdr)
					       : sizeof(Elf32_Phdr)) ||
	    count == 0 || count > HEADERS_MAX || offset > INT64_MAX - count * bytes)
		return -EBADMSG;
	for (i = 0; i < count; i++) {
		result = elf_read_at(fd, header, bytes, offset + i * bytes);
		if (result != 0)
			return result;
		if (FIELD(elf, header, Phdr, p_type) == PT_INTERP)
			return read_loader(fd, elf, header);
	}
	return 0;
}

int elf_read(int fd, struct elf *elf)
{
	uint8_t header[sizeof(Elf64_Ehdr)] = {0};
	ssize_t got = pread(fd, header, sizeof(header), 0);

	memset(elf, 0, sizeof(*elf));
	if (got < 0)
		return -errno;
	if (got < SELFMAG || memcmp(header, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	elf->class = header[EI_CLASS];
	elf->data = header[EI_DATA];
	if ((elf->class != ELFCLASS32 && elf->class != ELFCLASS64) ||
	    (elf->data != ELFDATA2LSB && elf->data != ELFDATA2MSB) ||
	    (size_t)got <
		    (elf->class == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
		return -EBADMSG;
	elf->type = (uint16_t)FIELD(elf, header, Ehdr, e_type);
	elf->machine = (uint16_t)FIELD(elf, header, Ehdr, e_machine);
	if (elf->type != ET_EXEC && elf->type != ET_DYN)
		return -EBADMSG;
	return read_program_headers(fd, elf, header);
}

bool elf_is_same_machine(const struct elf *one, const struct elf *other)
{
	return one->class == other->class && one->data == other->data &&
	       one->machine == other->machine;
}

const char *elf_machine_name(const struct elf *elf, char name[static 48])
{
	static const struct {
		uint16_t machine;
		uint8_t usual_class;
		const char *name;
	} known[] = {
		{EM_386, ELFCLASS32, "i386"},
		{EM_X86_64, ELFCLASS64, "x86-64"},
		{EM_AARCH64, ELFCLASS64, "aarch64"},
		{EM_ARM, ELFCLASS32, "arm"},
		{EM_RISCV, ELFCLASS64, "riscv64"},
		{EM_PPC64, ELFCLASS64, "ppc64"},
		{EM_S390, ELFCLASS64, "s390x"},
		{EM_MIPS, ELFCLASS32, "mips"},
		{EM_LOONGARCH, ELFCLASS64, "loongarch64"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known) && known[i].machine != elf->machine; i++)
		;
	if (i == ARRAY_SIZE(known))
		snprintf(name, 48, "machine %u", elf->machine);
	else if (known[i].usual_class == elf->class)
		snprintf(name, 48, "%s", known[i].name);
	else
		snprintf(name, 48, "%s, %d bits", known[i].name,
			 elf->class == ELFCLASS64 ? 64 : 32);
	return name;
}
