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
#include "config.h"
#include "own_fd.h"
#include "process.h"
#include "shadow.h"
#include "state.h"
#include "sys.h"
#include "thread.h"
#include "turn.h"

#define RETRY_NS 1000000000u /* after a recording could not be opened */

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
	file.size = status.st_size;
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
		.tid = (uint32_t)thread.tid,
		.process = process->number,
		.time_ns = sys_time_ns(),
	};
	self->pid = (uint32_t)thread.pid;
	self->parent_pid = (uint32_t)sys_getppid();
	self->uid = sys_geteuid();
	self->mode = (uint8_t)config.mode;
	self->python = process_is_python();
	self->start_ns = process->start_ns;
	self->record_max_bytes = config.record_max_bytes;
	self->record.check = record_check(&self->record);
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
		memset(&process->totals, 0, sizeof(process->totals));
	process->totals_offset = begin < 0 ? 0
					   : begin + (int64_t)record_totals_offset(
							     &self->record);
	__atomic_store_n(&process->registered, 1, __ATOMIC_RELEASE);
	return 0;
}

/*
 * Have the recording open and ourselves in it.  Its size, or -errno.  It grows all the
 * time: the size that was known must be read before it is looked at, else it seems to have
 * been emptied.
 */
static int64_t prepare(void)
{
	int64_t known = __atomic_load_n(&file.size, __ATOMIC_ACQUIRE);
	int64_t size = look();
	int error = 0;

	if (size >= known && __atomic_load_n(&process->registered, __ATOMIC_ACQUIRE)) {
		/* not if it was opened anew meanwhile */
		__atomic_compare_exchange_n(&file.size, &known, size, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
		return size;
	}
	if (!turn_take(&file.turn))
		return -EBUSY;
	known = __atomic_load_n(&file.size, __ATOMIC_ACQUIRE);
	size = look();
	if (size < 0) {
		error = reopen();
		process->registered = 0;
	} else if (size < known) { /* emptied */
		process->registered = 0;
	}
	if (error == 0 && !process->registered)
		error = register_process();
	size = look();
	__atomic_store_n(&file.size, size < 0 ? 0 : size, __ATOMIC_RELEASE);
	turn_end(&file.turn);
	return error < 0 ? error : size;
}

/*
 * Rewrite our totals in place.  It takes the turn: who opens another recording meanwhile
 * would have them written into that, where the old one had them.
 */
static void write_totals(void)
{
	struct record_totals copy;
	int64_t begin;

	if (!turn_take(&file.turn))
		return;
	copy = process->totals;
	copy.check = record_check_totals(&copy);
	begin = process->totals_offset;
	if (process->registered && begin > 0 && look_by(&file.totals) > begin &&
	    append_size_limit() >= (uint64_t)begin + sizeof(copy))
		sys_pwrite(own_fd_number(&file.totals), &copy, sizeof(copy), begin);
	turn_end(&file.turn);
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

void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event)
{
	struct verdict_changes changes;
	int64_t size;
	int error;

	if (config.record_off)
		return;
	size = prepare();
	verdict_feed(&thread.verdict, event, &changes);
	count(&changes);
	memset((char *)record + bytes, 0, RECORD_ALIGN(bytes) - bytes);
	record->magic = RECORD_MAGIC;
	record->size = (uint16_t)RECORD_ALIGN(bytes);
	record->tid = (uint32_t)thread.tid;
	record->process = process->number;
	record->reserved = 0;
	record->check = record_check(record);
	error = size < 0 ? (int)size
			 : append_record(&file.append.fd, record, size,
					 record_events_limit(config.record_max_bytes));
	if (error < 0 &&
	    __atomic_fetch_add(&process->totals.lost_events, 1, __ATOMIC_RELAXED) == 0)
		process_debug(DEBUG_RECORD, "recording",
			      "an event is lost; from now on totals count");
	if (__atomic_load_n(&process->totals.lost_events, __ATOMIC_RELAXED))
		write_totals();
}

void recorder_move_descriptor(int fd)
{
	own_fd_give_way(&file.append, fd);
	own_fd_give_way(&file.totals, fd);
}
