/* SPDX-License-Identifier: MIT */
/*
 * See recorder.h, and recording.h for the format and its promises.
 *
 * One fstat before each write answers three questions.  Is the descriptor still our
 * file?  The host may have closed it where we do not see it, and use the number.  Does
 * the file still have a name?  Is there room in it?
 */
#include "record/recorder.h"

#include <errno.h>
#include <sys/utsname.h>

#include "host/config.h"
#include "host/own_fd.h"
#include "host/process.h"
#include "host/say.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/thread.h"
#include "host/turn.h"
#include "record/append.h"
#include "record/backlog.h"
#include "record/batch.h"

#define RETRY_NS 1000000000u /* wait so long after the recording could not be opened */
/* How much one call does for other threads at most. */
#define ROUNDS 4
#define ROUND_RECORDS 1000

static struct {
	struct own_fd append, totals; /* two: pwrite() ignores the offset with O_APPEND */
	int64_t size;		      /* as last seen, to notice that it was emptied */
	uint64_t retry_ns;	      /* do not try to open before this time */
	struct turn turn;	      /* for opening and registering */
} file = {.append = OWN_FD_NONE, .totals = OWN_FD_NONE};

/* The size of our file; -EBADF: the descriptor is not ours, -ENOENT: it is unlinked. */
static int64_t size_by(const struct own_fd *own)
{
	struct stat status;

	if (!own_fd_look(own, &status))
		return -EBADF;
	return status.st_nlink == 0 ? -ENOENT : status.st_size;
}

static int64_t recording_size(void)
{
	return size_by(&file.append);
}

/* Open the recording anew.  0 or -errno; -EAGAIN for RETRY_NS after a failure. */
static int reopen(void)
{
	uint64_t now = sys_clock_ns(CLOCK_MONOTONIC);
	struct stat status;
	int append, totals, error;

	if (now < file.retry_ns)
		return -EAGAIN;
	own_fd_close(&file.append);
	own_fd_close(&file.totals);
	error = state_open_recording(&append, &totals);
	if (error == 0)
		error = sys_fstat(append, &status);
	if (error < 0) {
		file.retry_ns = now + RETRY_NS;
		say_debug(DEBUG_RECORD, "recording", "cannot be opened");
		return error;
	}
	say_debug(DEBUG_RECORD, "recording", "opened");
	__atomic_store_n(&file.size, status.st_size, __ATOMIC_RELEASE);
	own_fd_take(&file.totals, totals, &status);
	own_fd_take(&file.append, append, &status);
	return 0;
}

/* Read the beginning of a file; returns how many bytes, 0 if that fails. */
static size_t read_file(const char *path, char *buffer, size_t bytes)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	long length = fd < 0 ? 0 : sys_read(fd, buffer, bytes);

	if (fd >= 0)
		sys_close(fd);
	return length > 0 ? (size_t)length : 0;
}

/*
 * Find where our process record begins, or -1.  `from` is where the file ended before we
 * appended the record: other processes may have appended in between.  The buffer may be
 * static, because only the thread that has the turn is here.
 */
static int64_t find_ours(const struct record *ours, int64_t from)
{
	static char block[1024];
	long bytes, at;

	for (;; from += bytes - (long)sizeof(*ours) + 1) {
		bytes = sys_pread(own_fd_number(&file.totals), block, sizeof(block),
				  from);
		if (bytes < (long)sizeof(*ours))
			return -1;
		for (at = 0; at <= bytes - (long)sizeof(*ours); at++)
			if (memcmp(block + at, ours, sizeof(*ours)) == 0)
				return from + at;
	}
}

/* Write the node's name; returns where it ends.  The buffer first holds the utsname. */
static char *write_node(struct record_process *self, char *at)
{
	struct utsname *name = (void *)at; /* has no alignment: all are characters */
	size_t length;

	if (SYS1(uname, name) < 0)
		return at;
	length = strlen(name->nodename);
	memmove(at, name->nodename, length + 1);
	self->node_bytes = (uint16_t)(length + 1);
	return at + length + 1;
}

/* Write executable, command line, the shadow's root and node; returns where they end. */
static char *write_strings(struct record_process *self)
{
	char *at = self->strings;
	const char *root = state_root();
	long length = sys_readlinkat(AT_FDCWD, "/proc/self/exe", at, PATH_MAX - 1);

	at += length > 0 ? length : 0;
	*at++ = '\0';
	self->executable_bytes = (uint16_t)(at - self->strings);
	at += read_file("/proc/self/cmdline", at, RECORD_COMMAND_MAX - 1);
	if (at[-1] != '\0') /* it was cut short, or the program has rewritten it */
		*at++ = '\0';
	self->command_bytes = (uint16_t)(at - self->strings - self->executable_bytes);
	if (root[0]) {
		self->root_bytes = (uint16_t)(strlen(root) + 1);
		memcpy(at, root, self->root_bytes);
		at += self->root_bytes;
	}
	return write_node(self, at);
}

/* Fill in our process record, in a buffer of RECORD_SIZE_MAX bytes. */
static void describe_self(struct record_process *self)
{
	char *begin = (char *)self, *at;
	size_t size;

	memset(self, 0, sizeof(*self));
	at = write_strings(self);
	size = RECORD_ALIGN((size_t)(at - begin));
	memset(at, 0, size - (size_t)(at - begin) + sizeof(struct record_totals));
	size += sizeof(struct record_totals);
	self->record = (struct record){
		.magic = RECORD_MAGIC,
		.size = (uint16_t)size,
		.type = RECORD_PROCESS,
		.tid = (uint32_t)thread->tid,
		.process = process->number,
		.time_ns = sys_time_ns(),
	};
	self->pid = (uint32_t)thread->pid;
	self->parent_pid = (uint32_t)sys_getppid();
	self->uid = sys_geteuid();
	self->mode = (uint8_t)config.mode;
	self->python = process_is_python();
	self->totals_bytes = sizeof(struct record_totals);
	self->start_ns = process->start_ns;
	self->record_max_bytes = config.record_max_bytes;
	self->record.check = record_check(&self->record);
}

/* All threads count in the totals at once, so they are read and written word by word. */
typedef uint64_t __attribute__((may_alias)) word_t;

static void clear_totals(void)
{
	word_t *word = (word_t *)&process->totals;
	size_t i;

	for (i = 0; i < sizeof(process->totals) / sizeof(*word); i++)
		__atomic_store_n(&word[i], 0, __ATOMIC_RELAXED);
}

static void copy_totals(struct record_totals *copy)
{
	const word_t *word = (const word_t *)&process->totals;
	uint64_t one;
	size_t i;

	for (i = 0; i < sizeof(*copy) / sizeof(*word); i++) {
		one = __atomic_load_n(&word[i], __ATOMIC_RELAXED);
		memcpy((char *)copy + i * sizeof(one), &one, sizeof(one));
	}
}

/* Write our process record.  The buffer is static, as in find_ours().  0 or -errno. */
static int register_process(void)
{
	static union {
		struct record_process process;
		char bytes[RECORD_SIZE_MAX];
	} buffer __attribute__((aligned(8)));
	const struct record_process *self = &buffer.process;
	int64_t begin = recording_size();
	int error;

	describe_self(&buffer.process);
	error = append_records(&file.append.fd, self, self->record.size, begin,
			       config.record_max_bytes);
	if (begin == 0 && (error == -ENOSPC || error == -EDQUOT))
		state_complain_of_room();
	if (error < 0)
		return error;
	begin = find_ours(&self->record, begin);
	if (process->totals_offset) /* the recording was emptied: count from 0 again */
		clear_totals();
	process->totals_offset = begin < 0 ? 0
					   : begin + (int64_t)record_totals_offset(
							     &self->record);
	__atomic_store_n(&process->registered, 1, __ATOMIC_RELEASE);
	return 0;
}

/*
 * The size of the recording if it is open and we are registered in it, else -errno.  Read
 * the known size before asking for the present one: the file grows all the time, and
 * would otherwise seem to have been emptied.
 */
static int64_t size_if_ready(void)
{
	int64_t known = __atomic_load_n(&file.size, __ATOMIC_ACQUIRE);
	int64_t size = recording_size();

	if (size < 0)
		return size;
	if (size < known || !__atomic_load_n(&process->registered, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	/* fails if another thread has stored a size meanwhile, as when it has reopened */
	__atomic_compare_exchange_n(&file.size, &known, size, false, __ATOMIC_RELEASE,
				    __ATOMIC_RELAXED);
	return size;
}

/* Open the recording and register if needed; this thread has the turn. */
static int64_t make_ready(void)
{
	int64_t size = size_if_ready();
	int error = 0;

	if (size >= 0)
		return size;
	__atomic_store_n(&process->registered, 0, __ATOMIC_RELAXED);
	if (size != -EAGAIN)
		error = reopen();
	if (error == 0)
		error = register_process();
	size = recording_size();
	__atomic_store_n(&file.size, size < 0 ? 0 : size, __ATOMIC_RELEASE);
	return error < 0 ? error : size;
}

static int append_events(const void *records, size_t bytes, int64_t size)
{
	return size < 0 ? (int)size
			: append_records(&file.append.fd, records, bytes, size,
					 record_events_limit(config.record_max_bytes));
}

/* Count a lost event in the totals, which the thread that has the turn writes. */
static void count_lost(void)
{
	if (__atomic_fetch_add(&process->totals.lost_events, 1, __ATOMIC_RELAXED) == 0)
		say_debug(DEBUG_RECORD, "recording",
			  "an event is lost; from now on totals count");
}

/* Write the records that other threads have left; this thread has the turn. */
static void write_backlog(int64_t size)
{
	const struct record *record;
	unsigned count;

	for (count = 0; count < ROUND_RECORDS && (record = backlog_first()); count++) {
		if (append_events(record, record->size,
				  size < 0 ? size : recording_size()) < 0)
			count_lost();
		backlog_drop_first();
	}
}

/*
 * Rewrite our totals in place.  This thread has the turn, so no other can open another
 * recording meanwhile: the totals would go into that one, at the old one's offset.
 */
static void write_totals(void)
{
	struct record_totals copy;
	int64_t begin = process->totals_offset;

	copy_totals(&copy);
	copy.check = record_check_totals(&copy, sizeof(copy));
	if (process->registered && begin > 0 && size_by(&file.totals) > begin &&
	    append_size_limit() >= (uint64_t)begin + sizeof(copy))
		sys_pwrite(own_fd_number(&file.totals), &copy, sizeof(copy), begin);
}

/*
 * Do what only one thread at a time may do: make the recording ready, and write the
 * records and totals that other threads have left.  A thread that leaves something tries
 * to take the turn afterwards; an owner looks for something left after it has ended its
 * turn.  So one of the two finds it, and neither waits for the other.
 *
 * Returns the recording's size, or -errno; -EBUSY if another thread has the turn.
 */
static int64_t recorder_tend(void)
{
	int64_t size = -EBUSY;
	unsigned rounds;

	for (rounds = 0; rounds < ROUNDS && turn_try(&file.turn); rounds++) {
		size = make_ready();
		write_backlog(size);
		if (__atomic_exchange_n(&process->totals_wanted, 0, __ATOMIC_SEQ_CST))
			write_totals();
		turn_end(&file.turn);
		if (!backlog_waits() &&
		    !__atomic_load_n(&process->totals_wanted, __ATOMIC_SEQ_CST))
			break;
	}
	return size;
}

/* Count a failed write under its errno; the last place counts all other errnos. */
static void count_error(struct record_totals *totals, unsigned error)
{
	unsigned i;
	uint32_t expected;

	for (i = 0; i < RECORD_ERRORS - 1; i++) {
		expected = 0;
		if (__atomic_load_n(&totals->write_errors[i].error, __ATOMIC_RELAXED) ==
			    error ||
		    __atomic_compare_exchange_n(&totals->write_errors[i].error, &expected,
						error, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED) ||
		    expected == error)
			break;
	}
	__atomic_add_fetch(&totals->write_errors[i].count, 1, __ATOMIC_RELAXED);
}

/* Add what verdict.h has found to the totals. */
static void count_changes(const struct verdict_changes *changes)
{
	struct record_totals *totals = &process->totals;
	const struct verdict_change *change = changes->change;
	uint64_t *counter;

	for (; change < changes->change + changes->count; change++) {
		if (change->what == VERDICT_WRITE_ERROR) {
			count_error(totals, change->detail);
			continue;
		}
		counter = change->what == VERDICT_STALE_REASON
				  ? &totals->stale_magic + change->detail
			  : change->what >= VERDICT_reused
				  ? &totals->reused + (change->what - VERDICT_reused)
				  : &totals->lookups + change->what;
		__atomic_add_fetch(counter, (uint64_t)change->amount, __ATOMIC_RELAXED);
	}
}

/* Make the recording ready if it is not; returns what recorder_tend() returns. */
static int64_t ready_size(void)
{
	int64_t size = size_if_ready();

	return size < 0 || !backlog_is_empty() ? recorder_tend() : size;
}

/*
 * Append a record, or leave it to the thread that has the turn.  It is left also while
 * earlier records wait: a thread's events must stay in order, for their meaning depends
 * on it.
 */
static void append_or_leave(const struct record *record, int64_t size)
{
	if (size != -EBUSY && backlog_is_empty()) {
		if (append_events(record, record->size, size) < 0)
			count_lost();
	} else if (backlog_add(record)) {
		(void)recorder_tend();
	} else {
		count_lost();
	}
}

/*
 * Write the records of this thread that wait, by one write if nothing hinders.  Otherwise
 * each finds its own way, for there may be room for some of them.
 */
static void write_batch(int64_t size)
{
	struct batch *batch = &thread->batch;
	const struct record *record;
	unsigned at;

	if (size != -EBUSY && backlog_is_empty() &&
	    append_events(batch->records, batch->bytes, size) == 0)
		batch->bytes = 0;
	for (at = 0; at < batch->bytes; at += record->size) {
		record = (const void *)(batch->records + at);
		append_or_leave(record, size < 0 ? size : recording_size());
	}
	batch->bytes = 0;
}

static void finish_record(struct record *record, size_t bytes)
{
	memset((char *)record + bytes, 0, RECORD_ALIGN(bytes) - bytes);
	record->magic = RECORD_MAGIC;
	record->size = (uint16_t)RECORD_ALIGN(bytes);
	record->tid = (uint32_t)thread->tid;
	record->process = process->number;
	record->reserved = 0;
	record->check = record_check(record);
}

/* Losses are told by the totals, which are written from the first one on. */
static void tell_losses(void)
{
	if (!__atomic_load_n(&process->totals.lost_events, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&process->totals_wanted, 1, __ATOMIC_SEQ_CST);
	(void)recorder_tend();
}

void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event)
{
	bool waits = batch_is_followed(event);
	struct verdict_changes changes;
	int64_t size = 0;

	if (config.record_off)
		return;
	if (!waits)
		size = ready_size();
	verdict_feed(&thread->verdict, event, &changes);
	count_changes(&changes); /* after ready_size(), which may clear the totals */
	finish_record(record, bytes);
	if (!batch_add(record)) {
		size = ready_size();
		write_batch(size);
		append_or_leave(record, size < 0 ? size : recording_size());
	} else if (!waits) {
		write_batch(size);
	}
	if (!thread->batch.bytes)
		tell_losses();
}

void recorder_flush(void)
{
	write_batch(ready_size());
	tell_losses();
}
