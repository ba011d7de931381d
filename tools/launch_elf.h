/*
 * What an ELF file's headers say about who can load it.  Any bytes may be in it: every
 * offset and size is checked against what can be read.
 *
 * Called by launch_program.c.
 */
#ifndef PYCSHIM_LAUNCH_ELF_H
#define PYCSHIM_LAUNCH_ELF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct elf {
	uint8_t class;	       /* ELFCLASS32 or ELFCLASS64 */
	uint8_t data;	       /* ELFDATA2LSB or ELFDATA2MSB */
	uint16_t type;	       /* ET_EXEC, ET_DYN, ... */
	uint16_t machine;      /* EM_X86_64, ... */
	char loader[PATH_MAX]; /* the dynamic loader it asks for; "": none */
};

/*
 * Read the headers of the file `fd`; its offset stays.  Returns 0, -ENOEXEC where it is
 * no ELF file, -EBADMSG where it is cut short or makes no sense, or a read's -errno.
 */
int elf_read(int fd, struct elf *elf) MUST_CHECK NONNULL;

/* Can both be in one process? */
bool elf_is_same_machine(const struct elf *one,
			 const struct elf *other) MUST_CHECK NONNULL;

/* Such as "aarch64" or "x86-64, 32 bits"; written into `name`, which is returned. */
const char *elf_machine_name(const struct elf *elf, char name[static 48]) NONNULL;

/* Read exactly `bytes` at `offset`: 0, or -errno; -EBADMSG where there are not so many. */
int elf_read_at(int fd, void *buffer, size_t bytes, uint64_t offset);

#endif
