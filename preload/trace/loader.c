/* SPDX-License-Identifier: MIT */
/*
 * See loader.h.
 */
#include "trace/loader.h"

#include "host/thread.h"
#include "pyc_header.h"

#define MAGIC_OF_3_14 3600
#define MAGIC_OF_PYPY_END 3000 /* PyPy's magic numbers are below */
#define PYPY_READS 8192	       /* the least that PyPy's FileIO asks for */

/*
 * A SourcelessFileLoader reads by FileIO, and asks for one byte more than the size at
 * once (get_data in Lib/importlib/_bootstrap_external.py).  Archivers and checksums use
 * open(), which asks whether the file is a terminal before it reads.  Since 3.14 (magic
 * 3600) it does not, so the two look the same, and neither is taken for a load.
 */
bool loader_reads(const struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		  long bytes)
{
	unsigned magic = bytes >= 4 ? pyc_header_word(data) & 0xffff : MAGIC_OF_3_14;
	size_t least = magic < MAGIC_OF_PYPY_END ? PYPY_READS : 0;

	return bytes >= (long)sizeof(descriptor->header) && descriptor->sized &&
	       (uint64_t)bytes == descriptor->bytes &&
	       (wanted == descriptor->bytes + 1 || wanted == least) && data[2] == '\r' &&
	       data[3] == '\n' && magic < MAGIC_OF_3_14;
}

/* zipimport first looks at the file's end for an archive, so it gets fewer bytes. */
bool loader_looks_for_archive(const struct descriptor *descriptor, size_t wanted,
			      long bytes)
{
	return bytes >= 0 && descriptor->sized && (uint64_t)bytes < descriptor->bytes &&
	       (uint64_t)bytes < wanted;
}

/*
 * runpy reads what marshal.load() asks for: the whole file, without asking whether there
 * is more.  A program that copies or hashes a file asks for more, or reads nothing
 * (sendfile).
 */
bool loader_has_read(const struct descriptor *descriptor)
{
	if (descriptor->by_name && !descriptor->loader)
		return !descriptor->read_all && descriptor->got == descriptor->bytes;
	return descriptor->read_all || !descriptor->read_some ||
	       thread->confirmed_pyc == descriptor->key;
}
