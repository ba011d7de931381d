/*
 * See recorder.h, and recording.h for the format and its promises.
 *
 * Before each append the descriptor is looked at: it must still be the file that was
 * opened (the host may have closed it behind our back and use its number), it must still
 * have a name, and there must be room.  One fstat answers all three.
 */
#include "recorder.h"

#include <errno.h>
#include <sys/utsname.h>

#include "append.h"
#include "backlog.h"
#include "config.h"
#include "own_fd.h"
#include "process.h"
#include "shadow.h"
#include "state.h"
#include "sys.h"
#include "thread.h"
#include "turn.h"

#define RETRY_NS 1000000000u /* after a recording could not be opened */
/* How much one call does for other threads, at most. */
#define ROUNDS 4
#define ROUND_RECORDS 1000

static struct {
	struct own_fd append, totals; /* two, for one has O_APPEND */
	int64_t size;		      /* when last seen */
	uint64_t retry_ns;	      /* do not try to open before this time */
	struct turn turn;	      /* for opening and registering */
} file = {.append = OWN_FD_NONE, .totals = OWN_FD_NONE};

bool recorder_owns(int fd)
{
	return own_fd_owns(&file.append, fd);
}

/* Is the file that we write to still there?  Its size, or -errno. */
static int64_t look_by(const struct own_fd *own)
{
	struct stat status;

	if (!own_fd_look(own, &status))
		return -EBADF;
	return status.st_nlink == 0 ? -ENOENT : status.st_size;
}

static int64_t look(void)
{
	return look_by(&file.append);
}

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
		process_debug(DEBUG_RECORD, "recording", "cannot be opened");
		return error;
	}
	process_debug(DEBUG_RECORD, "recording", "opened");
	__atomic_store_n(&file.size, status.st_size, __ATOMIC_RELEASE);
	own_fd_take(&file.totals, totals, &status);
	own_fd_take(&file.append, append, &status);
	return 0;
}

static size_t read_file(const char *path, char *buffer, size_t bytes)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	long length = fd < 0 ? 0 : sys_read(fd, buffer, bytes);

	if (fd >= 0)
		sys_close(fd);
	return length > 0 ? (size_t)length : 0;
}

/*
 * Where our process record begins, looking from `from`, where the file ended before it was
 * appended; others append too.  -1: not found.  The buffer is static, as below.
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

/* The node's name, by way of a struct utsname in the same buffer; returns where it ends. */
static char *write_node(struct record_process *self, char *at)
{
	struct utsname *name = (void *)at; /* nothing but characters */
	size_t length;

	if (SYS1(uname, name) < 0)
		return at;
	length = strlen(name->nodename);
	memmove(at, name->nodename, length + 1);
	self->node_bytes = (uint16_t)(length + 1);
	return at + length + 1;
}

/* Executable, command line, the shadow's root and the node; returns where they end. */
static char *write_strings(struct record_process *self)
{
	char *at = self->strings;
	const char *root;
	size_t root_length;
	long length = sys_readlinkat(AT_FDCWD, "/proc/self/exe", at, PATH_MAX - 1);

	at += length > 0 ? length : 0;
	*at++ = '\0';
	self->executable_bytes = (uint16_t)(at - self->strings);
	at += read_file("/proc/self/cmdline", at, RECORD_COMMAND_MAX - 1);
	if (at[-1] != '\0') /* cut short, or written anew by the program */
		*at++ = '\0';
	self->command_bytes = (uint16_t)(at - self->strings - self->executable_bytes);
	if (config.mode == MODE_redirect && shadow_ready() == 0) {
		root = shadow_root(&root_length);
		memcpy(at, root, root_length + 1);
		self->root_bytes = (uint16_t)(root_length + 1);
		at += self->root_bytes;
	}
	return write_node(self, at);
}

/* Fill in who we are, in a buffer of RECORD_SIZE_MAX bytes. */
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
	self->start_ns = process->start_ns;
	self->record_max_bytes = config.record_max_bytes;
	self->record.check = record_check(&self->record);
}

/* The totals are counted by all threads at once: they are copied word by word. */
typedef uint64_t __attribute__((may_alias)) word_t;

static void forget_totals(void)
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

/* Write our process record.  The buffer is static: only one thread is here at a time. */
static int register_process(void)
{
	static union {
		struct record_process process;
		char bytes[RECORD_SIZE_MAX];
	} buffer __attribute__((aligned(8)));
	const struct record_process *self = &buffer.process;
	int64_t begin = look();
	int error;

	describe_self(&buffer.process);
	error = append_record(&file.append.fd, &self->record, begin,
			      config.record_max_bytes);
	if (begin == 0 && (error == -ENOSPC || error == -EDQUOT))
		state_complain_of_room();
	if (error < 0)
		return error;
	begin = find_ours(&self->record, begin);
	if (process->totals_offset) /* the events so far were thrown away, and so are they */
		forget_totals();
	process->totals_offset = begin < 0 ? 0
					   : begin + (int64_t)record_totals_offset(
							     &self->record);
	__atomic_store_n(&process->registered, 1, __ATOMIC_RELEASE);
	return 0;
}

/*
 * The size of the recording, if it is open and we are in it, or -errno.  It grows all the
 * time: the size that was known must be read before it is looked at, else it seems to have
 * been emptied.
 */
static int64_t look_if_ready(void)
{
	int64_t known = __atomic_load_n(&file.size, __ATOMIC_ACQUIRE);
	int64_t size = look();

	if (size < 0)
		return size;
	if (size < known || !__atomic_load_n(&process->registered, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	/* not if it was opened anew meanwhile */
	__atomic_compare_exchange_n(&file.size, &known, size, false, __ATOMIC_RELEASE,
				    __ATOMIC_RELAXED);
	return size;
}

/* Have the recording open and ourselves in it; this thread has the turn. */
static int64_t make_ready(void)
{
	int64_t size = look_if_ready();
	int error = 0;

	if (size >= 0)
		return size;
	__atomic_store_n(&process->registered, 0, __ATOMIC_RELAXED);
	if (size != -EAGAIN)
		error = reopen();
	if (error == 0)
		error = register_process();
	size = look();
	__atomic_store_n(&file.size, size < 0 ? 0 : size, __ATOMIC_RELEASE);
	return error < 0 ? error : size;
}

static int append_event(const struct record *record, int64_t size)
{
	return size < 0 ? (int)size
			: append_record(&file.append.fd, record, size,
					record_events_limit(config.record_max_bytes));
}

/* What is lost is in the totals, which the thread that has the turn writes. */
static void count_lost(void)
{
	if (__atomic_fetch_add(&process->totals.lost_events, 1, __ATOMIC_RELAXED) == 0)
		process_debug(DEBUG_RECORD, "recording",
			      "an event is lost; from now on totals count");
}

/* The records that other threads have left; this thread has the turn. */
static void write_backlog(int64_t size)
{
	const struct record *record;
	unsigned count;

	for (count = 0; count < ROUND_RECORDS && (record = backlog_first()); count++) {
		if (append_event(record, size < 0 ? size : look()) < 0)
			count_lost();
		backlog_drop_first();
	}
}

/*
 * Rewrite our totals in place.  This thread has the turn: one that opens another recording
 * meanwhile would have them written into that, where the old one had them.
 */
static void write_totals(void)
{
	struct record_totals copy;
	int64_t begin = process->totals_offset;

	copy_totals(&copy);
	copy.check = record_check_totals(&copy);
	if (process->registered && begin > 0 && look_by(&file.totals) > begin &&
	    append_size_limit() >= (uint64_t)begin + sizeof(copy))
		sys_pwrite(own_fd_number(&file.totals), &copy, sizeof(copy), begin);
}

/*
 * Do what one thread at a time does for all: have the recording ready, and write what
 * others could not while they had not the turn.  A thread that leaves something (a record,
 * lost events to be counted) tries to take the turn after it; the owner looks for it after
 * the end of its turn.  So one of them finds it, and none waits for the other.
 *
 * Returns the recording's size, or -errno: -EBUSY where another thread has the turn.
 */
static int64_t tend(void)
{
	int64_t size = -EBUSY;
	unsigned rounds;

	for (rounds = 0; rounds < ROUNDS && turn_try(&file.turn); rounds++) {
		size = make_ready();
		write_backlog(size);
		if (__atomic_exchange_n(&process->totals_wanted, 0, __ATOMIC_SEQ_CST))
			write_totals();
		turn_end(&file.turn);
		if (!backlog_first() &&
		    !__atomic_load_n(&process->totals_wanted, __ATOMIC_SEQ_CST))
			break;
	}
	return size;
}

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

static void count(const struct verdict_changes *changes)
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
				  : &totals->lookups + change->what;
		__atomic_add_fetch(counter, (uint64_t)change->amount, __ATOMIC_RELAXED);
	}
}

/*
 * Append it, or leave it to the thread that has the turn.  Behind what this thread has left
 * before: the order of a thread's events tells what they mean.
 */
static int append_or_leave(const struct record *record, int64_t size)
{
	if (size != -EBUSY && backlog_is_empty())
		return append_event(record, size);
	if (!backlog_add(record))
		return -EBUSY;
	(void)tend();
	return 0;
}

void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event)
{
	struct verdict_changes changes;
	int64_t size;

	if (config.record_off)
		return;
	size = look_if_ready();
	if (size < 0 || !backlog_is_empty())
		size = tend();
	verdict_feed(&thread->verdict, event, &changes);
	count(&changes); /* after tend(), which may have begun the totals anew */
	memset((char *)record + bytes, 0, RECORD_ALIGN(bytes) - bytes);
	record->magic = RECORD_MAGIC;
	record->size = (uint16_t)RECORD_ALIGN(bytes);
	record->tid = (uint32_t)thread->tid;
	record->process = process->number;
	record->reserved = 0;
	record->check = record_check(record);
	if (append_or_leave(record, size) < 0)
		count_lost();
	if (__atomic_load_n(&process->totals.lost_events, __ATOMIC_RELAXED)) {
		__atomic_store_n(&process->totals_wanted, 1, __ATOMIC_SEQ_CST);
		(void)tend();
	}
}

void recorder_move_descriptor(int fd)
{
	own_fd_give_way(&file.append, fd);
	own_fd_give_way(&file.totals, fd);
}
