/* SPDX-License-Identifier: MIT */
/*
 * The probe calls every function of the hooks table through the dynamic linker, with all
 * kinds of arguments and from all contexts.  Its output must be the same with and without
 * the library, byte by byte (probe.sh).
 *
 *	probe CONTEXT DIRECTORY		works in DIRECTORY/probe.tree
 *	probe rows			the names of all rows
 *
 * The contexts `preinit` and `constructor` run before main(), and `preinit` also before
 * the library's constructor.
 */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "probe_rows.h"

static void run_rows(void)
{
	unsigned i;

	for (i = 0; i < ROWS; i++) {
		case_name = rows[i].name;
		if (*rows[i].function) {
			rows[i].run();
		} else {
			say(case_name);
			say(" is not in this libc");
			say_end();
		}
	}
}

/* Find a function; symbol versions for programs that were linked long ago come last. */
static void *find(void *where, const char *name)
{
	void *function = dlsym(where, name);

	if (!function)
		function = dlvsym(where, name, "GLIBC_2.2.5");
	return function ? function : dlvsym(where, name, "GLIBC_2.17");
}

/* A function that this libc lacks must be missing with the library too. */
static void find_rows(void)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	unsigned i;

	for (i = 0; i < ROWS; i++)
		if (find(libc ? libc : RTLD_NEXT, rows[i].name))
			*rows[i].function = find(RTLD_DEFAULT, rows[i].name);
}

static void prepare(const char *directory)
{
	syscall(SYS_chdir, directory);
	syscall(SYS_mkdirat, AT_FDCWD, "probe.tree", 0755);
	if (syscall(SYS_chdir, "probe.tree") < 0) {
		say("cannot work there");
		say_end();
		_exit(2);
	}
	syscall(SYS_umask, 022);
	find_rows();
	paths_make();
}

/* --- contexts ------------------------------------------------------------------------ */

static char *directory;

static void run_main(void)
{
	run_rows();
}

static void on_signal(int signal)
{
	(void)signal;
	run_rows();
}

static void raise_on(void *stack, size_t size)
{
	struct sigaction action = {.sa_handler = on_signal};
	stack_t alternate = {.ss_sp = stack, .ss_size = size};

	if (stack && sigaltstack(&alternate, NULL) == 0)
		action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static void run_signal(void)
{
	raise_on(NULL, 0);
}

/* Map `size` bytes with inaccessible guard pages before them. */
static char *guarded(size_t size)
{
	char *memory = mmap(NULL, size + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	mprotect(memory + 65536, size, PROT_READ | PROT_WRITE);
	return memory + 65536;
}

#ifndef AT_MINSIGSTKSZ /* missing in the elf.h of old libcs */
#define AT_MINSIGSTKSZ 51
#endif

/*
 * A handler gets as much stack on every processor as a stack of SIGSTKSZ (8192 bytes)
 * leaves it on a processor without large registers, where the signal frame takes 1776
 * bytes.
 */
static void run_altstack(void)
{
	size_t frame = getauxval(AT_MINSIGSTKSZ);
	size_t bytes = 8192 - 1776 + (frame > 1776 ? frame : 1776);

	bytes &= ~(size_t)15;
	raise_on(guarded(bytes), bytes);
}

static void *thread(void *argument)
{
	(void)argument;
	case_name = "rename"; /* needs most stack, in particular as the first call */
	row_rename();
	run_rows();
	return NULL;
}

static void run_on_stack(size_t size)
{
	pthread_attr_t attributes;
	pthread_t id;

	pthread_attr_init(&attributes);
	if (size)
		pthread_attr_setstacksize(&attributes, size);
	if (pthread_create(&id, &attributes, thread, NULL) == 0)
		pthread_join(id, NULL);
}

static void run_thread(void)
{
	run_on_stack(0);
}

static void run_small_thread(void)
{
	run_on_stack((size_t)PTHREAD_STACK_MIN);
}

/*
 * Print how many bytes of stack were used.  The number goes to standard error because it
 * differs with the library.
 */
static void run_depth(void)
{
	enum { SIZE = 1 << 18, PAINT = 0x5a };
	char *stack = guarded(SIZE), *at = stack;
	pthread_attr_t attributes;
	pthread_t id;

	memset(stack, PAINT, SIZE);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, SIZE);
	pthread_create(&id, &attributes, thread, NULL);
	pthread_join(id, NULL);
	while (*at == PAINT)
		at++;
	say_number(stack + SIZE - at, 10);
	line.bytes[line.length++] = '\n';
	syscall(SYS_write, 2, line.bytes, line.length);
	line.length = 0;
}

static void say_child(const char *what, pid_t pid)
{
	int wait_status = -1;

	errno = 0;
	waitpid(pid, &wait_status, 0);
	say_call(what, "ended", wait_status);
	say_end();
}

static void run_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		run_rows();
		_exit(0);
	}
	say_child("a fork child", pid);
	run_rows();
}

/* A vfork child shares the parent's memory; the parent's descriptors must stay known. */
static void run_vfork(void)
{
	static volatile int kept;
	pid_t pid;

	tree_reset();
	kept = call.open(NEW_PYC, O_WRONLY | O_CREAT, 0644);
	errno = EDOM;
	pid = vfork();
	if (pid == 0) {
		run_rows();
		_exit(0);
	}
	say_child("a vfork child", pid);
	case_name = "parent";
	call_begin();
	opened("after", "vfork", O_CREAT, kept);
	run_rows();
}

static void run_spawn(void)
{
	extern char **environ;
	static char name[] = "probe", context[] = "main";
	char *const arguments[] = {name, context, directory, NULL};
	pid_t pid = -1;

	posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ);
	say_child("a spawned process", pid);
}

/* Fortified functions must abort the program in the same way as without the library. */
static void abort_in(void (*function)(void), const char *what)
{
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_close, 2);
		function();
		_exit(0);
	}
	say_child(what, pid);
}

static void open_2_creates(void)
{
	call.__open_2("none.pyc", O_CREAT | O_WRONLY);
}

static void openat64_2_makes_temporary(void)
{
	call.__openat64_2(AT_FDCWD, "pkg/__pycache__", O_TMPFILE | O_WRONLY);
}

static void run_abort(void)
{
	case_name = "fortified";
	tree_reset();
	abort_in(open_2_creates, "creates");
	abort_in(openat64_2_makes_temporary, "makes a temporary");
}

static const struct {
	const char *name;
	void (*run)(void);
} contexts[] = {
	{"main", run_main},
	{"signal", run_signal},
	{"altstack", run_altstack},
	{"thread", run_thread},
	{"small_thread", run_small_thread},
	{"fork", run_fork},
	{"vfork", run_vfork},
	{"spawn", run_spawn},
	{"abort", run_abort},
	{"depth", run_depth},
};

/* Run the rows before main() if `name` is the context in the arguments. */
static void run_early(const char *name, int count, char **arguments)
{
	if (count != 3 || strcmp(arguments[1], name) != 0)
		return;
	prepare(arguments[2]);
	run_rows();
	syscall(SYS_exit_group, 0);
}

static void preinit(int count, char **arguments, char **environment)
{
	(void)environment;
	run_early("preinit", count, arguments);
}

__attribute__((section(".preinit_array"),
	       used)) static void (*const before_all)(int, char **, char **) = preinit;

__attribute__((constructor)) static void constructor(int count, char **arguments)
{
	run_early("constructor", count, arguments);
}

int main(int count, char **arguments)
{
	unsigned i;

	if (count == 2 && strcmp(arguments[1], "rows") == 0) {
		for (i = 0; i < ROWS; i++) {
			say(rows[i].name);
			say_end();
		}
		return 0;
	}
	for (i = 0; count == 3 && i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		if (strcmp(arguments[1], contexts[i].name) != 0)
			continue;
		directory = arguments[2];
		prepare(directory);
		contexts[i].run();
		return 0;
	}
	return 64;
}
