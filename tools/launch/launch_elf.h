/* SPDX-License-Identifier: MIT */
/*
 * Reads the headers of an ELF file, to see which process can load it.  The file is not
 * trusted: every offset and size is checked.
 *
 * Called by launch_program.c, launch_check.c and launch_dynamic.c.
 */
#ifndef PYCSHIM_LAUNCH_ELF_H
#define PYCSHIM_LAUNCH_ELF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct elf {
	uint8_t class;	  /* ELFCLASS32 or ELFCLASS64 */
	uint8_t data;	  /* ELFDATA2LSB or ELFDATA2MSB */
	uint16_t type;	  /* ET_EXEC, ET_DYN, ... */
	uint16_t machine; /* EM_X86_64, ... */
	char loader
		[PATH_MAX]; /* the dynamic loader (PT_INTERP); "": none, it is static */
};

/*
 * Read the headers of the file `fd`, whose offset does not change.  Returns 0, -ENOEXEC if
 * it is no ELF file, -EBADMSG if it is truncated or invalid, or the -errno of a read.
 */
int elf_read(int fd, struct elf *elf) MUST_CHECK NONNULL;

/* Are both for the same machine, so that one process can load them? */
bool elf_is_same_machine(const struct elf *one,
			 const struct elf *other) MUST_CHECK NONNULL;

/* Write a name such as "aarch64" or "x86-64, 32 bits" into `name`, and return that. */
const char *elf_machine_name(const struct elf *elf, char name[static 48]) NONNULL;

/* Read exactly `bytes` at `offset`.  Returns 0 or -errno; -EBADMSG: the file is shorter. */
int elf_read_at(int fd, void *buffer, size_t bytes, uint64_t offset);

#endif
