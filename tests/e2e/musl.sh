#!/bin/bash
# SPDX-License-Identifier: MIT
# On musl: its dynamic linker loads the library, and programs work and are recorded.

. "$(dirname "$0")/../lib.sh"
need musl-gcc

cd "$TMP" || exit 1
cat >prog.c <<'END'
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result)
{
	printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void *in_thread(void *unused)
{
	say("thread open", open("__pycache__/none.cpython-311.pyc", O_RDONLY));
	return unused;
}

int main(void)
{
	char text[32] = "";
	struct stat st;
	pthread_t thread;
	struct dirent *entry;
	DIR *directory;
	FILE *file;
	int fd;

	say("mkdir", mkdir("__pycache__", 0755));
	fd = open("__pycache__/a.cpython-311.pyc.123", O_WRONLY | O_CREAT | O_EXCL, 0640);
	say("write", write(fd, "0123456789abcdef", 16));
	say("close", close(fd));
	say("rename", rename("__pycache__/a.cpython-311.pyc.123", "__pycache__/a.cpython-311.pyc"));
	say("stat", stat("__pycache__/a.cpython-311.pyc", &st));
	printf("size %ld mode %o\n", (long)st.st_size, st.st_mode);
	file = fopen("__pycache__/a.cpython-311.pyc", "r");
	say("fread", (long)fread(text, 1, 16, file));
	printf("%s\n", text);
	say("fclose", fclose(file));
	directory = opendir("__pycache__");
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			printf("entry %s\n", entry->d_name);
	closedir(directory);
	pthread_create(&thread, NULL, in_thread, NULL);
	pthread_join(thread, NULL);
	fflush(stdout);
	if (fork() == 0) {
		say("child unlink", unlink("__pycache__/a.cpython-311.pyc"));
		exit(3);
	}
	wait(&fd);
	printf("child %d\n", WEXITSTATUS(fd));
	say("rmdir", rmdir("__pycache__"));
	say("rmdir again", rmdir("__pycache__"));
	fflush(stdout);
	for (fd = 3; fd < 2000; fd++)
		close(fd);
	say("open", open("own", O_RDWR | O_CREAT | O_TRUNC, 0600));
	say("unlink", unlink("own"));
	return 5;
}
END
check program_compiles musl-gcc -O1 -w -o prog prog.c || exit 0
clean_env ./prog >want 2>&1
echo "exit $?" >>want
traced "$TMP/rec" PYCSHIM_PROCESSES=all ./prog >got 2>&1
echo "exit $?" >>got
same musl_program_traced_behaves_as_without got want
events=$("$PYCSTAT" events --json "$TMP/rec" 2>&1 | grep -o '"op": "[a-z]*"' | cut -d '"' -f 4 | tr '\n' ' ')
# only interpreters make look-ups; this program's reads are not counted
is "$events" "mkdir create write rename unlink rmdir rmdir " musl_program_traced_is_recorded
is "$(stat_json "$TMP/rec" summary .processes)" 2 musl_program_traced_counts_its_child

rm -f "$TMP/rec"
traced "$TMP/rec" ./prog >got 2>&1
echo "exit $?" >>got
same musl_program_not_python_behaves_as_without got want
check musl_program_not_python_records_nothing test ! -s "$TMP/rec"
traced "$TMP/rec" PYCSHIM_MODE=nonsense ./prog >got 2>&1
echo "exit $?" >>got
is "$(grep -c PYCSHIM_MODE got)" 1 musl_program_mistaken_setting_says_one_line

# A program that embeds Python is recognized before it loads anything.  musl's count of
# loaded objects begins at 0 after the start, where glibc's counts all objects.
cat >embeds.c <<'END'
#include <fcntl.h>
#include <sys/stat.h>

void Py_Initialize(void)
{
}

int main(void)
{
	mkdir("__pycache__", 0755);
	return open("__pycache__/a.cpython-311.pyc.123", O_WRONLY | O_CREAT | O_EXCL, 0640) < 0;
}
END
check musl_program_that_embeds_python_compiles musl-gcc -rdynamic -O1 -w -o embeds embeds.c || exit 0
mkdir -p embedding && cd embedding || exit 1
clean_env ../embeds
is $? 0 musl_program_that_embeds_python_writes_without_us
rm -rf __pycache__
clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off ../embeds
is "$? $(ls __pycache__)" "1 " musl_program_that_embeds_python_is_seen_from_its_first_call
cd ..

# musl's opendir() is a cancellation point, unlike glibc's: a thread cancelled there leaks
# nothing.
cat >cancelled.c <<'END'
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>

static void *in_thread(void *unused)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	opendir("__pycache__");
	return unused;
}

static int names(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static long kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	fscanf(file, "%ld", &pages);
	fclose(file);
	return pages * 4;
}

int main(void)
{
	int i, cancelled = 0, before = 0;
	long memory = 0;
	pthread_t thread;
	void *result;

	for (i = 0; i < 60; i++) {
		if (i == 10)
			before = names("/proc/self/fd"), memory = kib();
		pthread_create(&thread, NULL, in_thread, NULL);
		pthread_join(thread, &result);
		cancelled += result == PTHREAD_CANCELED;
	}
	printf("%d cancelled, %d descriptors more, %s\n", cancelled, names("/proc/self/fd") - before,
	       kib() - memory < 1000 ? "no more memory" : "much memory");
	return 0;
}
END
check cancelled_program_compiles musl-gcc -O1 -w -o cancelled cancelled.c || exit 0
wanted='60 cancelled, 0 descriptors more, no more memory'
mkdir -p work/__pycache__ "root$TMP/work/__pycache__"
chmod -R go-w root
is "$(cd work && clean_env ../cancelled)" "$wanted" musl_threads_without_us_are_cancelled
is "$(cd work && clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=redirect PYCSHIM_ROOT="$TMP/root" PYCSHIM_PROCESSES=all \
	PYCSHIM_RECORD=off ../cancelled 2>&1)" "$wanted" musl_threads_cancelled_in_opendir_leave_nothing
