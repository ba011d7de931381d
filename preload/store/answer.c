/* SPDX-License-Identifier: MIT */
/*
 * See answer.h.
 */
#include "store/answer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "host/config.h"
#include "host/scratch.h"
#include "host/source_hash.h"
#include "host/sys.h"
#include "host/thread.h"
#include "path/stamp.h"
#include "pyc_header.h"
#include "store/command_line.h"
#include "store/directory.h"
#include "store/flight.h"
#include "store/keep.h"
#include "trace/magic.h"
#include "view/identity_source.h"
#include "view/known.h"

#define HEADER_BYTES 16 /* the longest */

/* What is being looked for. */
struct question {
	struct call *call;
	struct store_key key;
	bool hashed; /* key.source is known */
	size_t header_bytes;
	mode_t mode; /* of the source */
	int missing; /* why the pyc cannot be opened in place: -errno; 0: not known */
	char path[PATH_MAX]; /* of the source */
};

/* Does the store have what this interpreter would compile? */
static bool store_serves(void)
{
	return store_is_wanted() && !command_line_drops_columns();
}

/*
 * May another process compile the pyc at this moment, or this one for others?  Not if the shadow
 * has it for the very source: what other magic number it may have is not asked for at each hit.
 */
static bool may_fly(const struct call *call)
{
	return config.mode == MODE_redirect && config.wait_ms && call->covered &&
	       (!call_has_opened(call) || thread->waited_ns);
}

bool store_concerns(const struct call *call)
{
	return call->operation == CALL_open && !keep_is_unsure() &&
	       (store_serves() || may_fly(call)) && call->class == PYC_FILE &&
	       call_opens_to_read(call) && !(call->open_flags & (O_PATH | O_DIRECTORY)) &&
	       !call->in_shadow && !call->stripped && thread->seen_key == call->key &&
	       thread->seen_is_source && thread->seen.seen;
}

/* Fills in tag and magic.  False: it is no tag of an interpreter's own compiler. */
static bool learn_tag(struct question *question)
{
	const char *path = call_path(question->call);
	struct pyc_path_parts parts = pyc_path_split(path, question->call->path_length);
	size_t length = parts.name_end - parts.tag;

	if (!parts.tag || !store_tag_is_own(path + parts.tag, length))
		return false;
	memcpy(question->key.tag, path + parts.tag, length);
	question->key.magic = magic_expected(
		magic_tag(path, parts.tag, parts.tag_end, false));
	question->header_bytes = pyc_header_bytes_of(question->key.magic);
	return question->key.magic != 0 && question->header_bytes >= 12;
}

/* Will the interpreter take the pyc that is open?  (It may still reject one by its hash.) */
static bool is_taken(const struct question *question, int fd)
{
	uint8_t header[HEADER_BYTES] = {0};
	long got = sys_pread(fd, header, sizeof(header), 0);
	enum pyc_verdict verdict;

	if (got < 0) /* no regular file */
		return true;
	verdict = pyc_header_judge_by(
		header, (uint64_t)got, question->header_bytes,
		pyc_magic_compare(header, (uint64_t)got, question->key.magic),
		thread->seen);
	return !pyc_verdict_is_stale(verdict);
}

/* Decides the call by the pyc that is there.  False: there is none, or it is stale. */
static bool answer_from_place(struct question *question)
{
	struct call *call = question->call;
	int fd;

	if (call_has_opened(call))
		return is_taken(question, (int)call->result);
	if (call->decision == CALL_ELSEWHERE) /* a FIFO */
		return true;
	if (call->decision == CALL_DONE)
		return call->result != -ENOENT;
	/* O_NONBLOCK: a FIFO must not hang us */
	fd = sys_openat(AT_FDCWD, call_path(call),
			call->open_flags | O_NONBLOCK | O_NOCTTY, 0);
	if (fd == -ENOENT || fd == -ENOTDIR)
		question->missing = fd;
	if (fd < 0)
		return !question->missing;
	if (!is_taken(question, fd)) {
		sys_close(fd);
		return false;
	}
	call_done(call, fd);
	call->action = ACTION_pass;
	call->cautious = !(call->open_flags & O_NONBLOCK);
	return true;
}

/* Opens the source at `path` if it is the one that the thread has looked at. */
static int open_seen(const char *path, struct stat *status)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd >= 0 && (sys_fstat(fd, status) < 0 || !S_ISREG(status->st_mode) ||
			stamp_of(status) != thread->seen_stamp_ns)) {
		sys_close(fd);
		fd = -ENOENT;
	}
	return fd;
}

/*
 * Opens the source of the pyc.  Under PYTHONPYCACHEPREFIX the path of the pyc has the whole
 * directory of the source behind the prefix, which is not known.
 */
static int open_source(struct question *question, struct stat *status)
{
	const char *rel = call_rel(question->call), *slash;
	struct pyc_path_parts parts = pyc_path_split(call_path(question->call),
						     question->call->path_length);
	int fd = -ENOENT;

	if (identity_source_path(question->path, rel) < 0)
		return -ENAMETOOLONG;
	fd = open_seen(question->path, status);
	if (parts.in_cache)
		return fd;
	while (fd < 0 && (slash = strchr(question->path + 1, '/'))) {
		memmove(question->path, slash, strlen(slash) + 1);
		fd = open_seen(question->path, status);
	}
	return fd;
}

/* Hashes the source.  False if it is too long, or another one than the thread has seen. */
static bool hash_source(struct question *question)
{
	struct stat status;
	int fd = open_source(question, &status);
	bool hashed;

	if (fd < 0)
		return false;
	hashed = (uint64_t)status.st_size <= STORE_ROOM &&
		 source_hash_of_open(fd, &status, &question->key.source);
	sys_close(fd);
	question->mode = status.st_mode;
	return hashed;
}

static void put_word(uint8_t *at, uint32_t word)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		at[i] = (uint8_t)(word >> 8 * i);
}

/*
 * Makes a pyc of the entry, for the source that the thread has looked at.  The header is
 * written over what stands before the code object.
 */
static struct kept_pyc make_pyc(const struct question *question,
				struct store_entry *entry)
{
	uint8_t *code = (uint8_t *)(entry + 1) + entry->path_bytes;
	uint8_t *header = code - question->header_bytes;
	size_t code_bytes = entry->code_bytes;

	put_word(code - 4, thread->seen.bytes);
	put_word(code - 8, thread->seen.mtime);
	if (question->header_bytes == HEADER_BYTES)
		put_word(code - 12, 0); /* flags: checked by time and size */
	put_word(header, question->key.magic | (uint32_t)'\r' << 16 |
				 (uint32_t)'\n'
					 << 24);
	return (struct kept_pyc){header, question->header_bytes + code_bytes,
				 question->mode, &question->key.source};
}

static void answer_from_store(struct question *question, void *room)
{
	struct call *call = question->call;
	struct store_entry *entry = room;
	struct kept_pyc pyc;
	uint64_t saved_ns;
	int fd;

	question->hashed = hash_source(question);
	if (!question->hashed || !store_get(&question->key, room, STORE_ROOM))
		return;
	saved_ns = entry->cpu_ns;
	pyc = make_pyc(question, entry);
	fd = keep_pyc(call, &pyc);
	if (fd < 0)
		return;
	if (call_has_opened(call))
		sys_close((int)call->result);
	call_done(call, fd);
	if (config.mode != MODE_redirect)
		call->action = ACTION_pass;
	call->shared.reused = true;
	call->shared.saved_ns = saved_ns;
	call->sized = true;
	call->pyc_bytes = pyc.bytes;
	call->cautious = false;
}

/*
 * There is no such pyc yet.  If another process compiles it at this moment, wait for that,
 * once; else this thread is the one that compiles it.
 */
static void lead_or_wait(const struct question *question)
{
	const struct call *call = question->call;
	struct flight flight = {0, thread->seen.bytes};

	/* the last compile was not kept, and this one may not be either */
	if (!config.wait_ms || keep_is_off() || thread->unwritten)
		return;
	if (question->hashed)
		flight.what = content_check(&question->key, sizeof(question->key));
	else if (config.mode == MODE_redirect && call->covered)
		flight.what = content_check(call_path(call), call->path_length);
	else
		return; /* nobody could give the pyc to another */
	if (!flight_lead(&flight, call->key) && !call->shared.waited &&
	    flight_is_worth_waiting(&flight)) {
		thread->waits_for = flight.what;
		thread->waits_bytes = flight.source_bytes;
	}
}

static void answer_from_others(struct question *question)
{
	void *room;

	if (store_serves() && (room = store_room_take())) {
		answer_from_store(question, room);
		store_room_give(room);
	}
	if (!question->call->shared.reused)
		lead_or_wait(question);
}

void store_answer(struct call *call)
{
	SCRATCH(struct question, question, sizeof(*question));

	if (thread->waited_ns) {
		call->shared.waited = true;
		call->shared.wait_ns = thread->waited_ns;
		thread->waited_ns = 0;
	}
	memset(&question->key, 0, sizeof(question->key));
	question->call = call;
	if (call_path(call)[0] != '/' || !learn_tag(question))
		return;
	question->missing = 0;
	question->hashed = false;
	/* compileall would take it for a pyc that is kept; asked where there is none, not before */
	if (!answer_from_place(question) && !command_line_is_compileall())
		answer_from_others(question);
	if (question->missing && call->decision == CALL_PASS) {
		call_done(call, question->missing);
		call->action = ACTION_pass;
	}
	call_inherit(call);
}
