/* SPDX-License-Identifier: MIT */
/*
 * telldir() positions in a merged directory: each leads back to the name that was read
 * there; a position from before the directory changed leads to some valid position; and a
 * directory that has grown is listed completely after rewinddir().  Works in
 * ./__pycache__, which has entries already.
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MADE 300
#define GROWN 2000 /* additional names: a view's memory must grow for them */
#define MOST 1000

static long positions[MOST];
static char names[MOST][NAME_MAX + 1];

/* The names differ in length, so that the positions of two listings differ. */
static const char *name(int number, int width)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "__pycache__/%0*d.cpython-311.pyc", width, number);
	return path;
}

static int read_all(DIR *stream)
{
	const struct dirent *entry;
	int count = 0;

	while (count < MOST) {
		positions[count] = telldir(stream);
		entry = readdir(stream);
		if (!entry)
			break;
		strcpy(names[count++], entry->d_name);
	}
	return count;
}

static int count_wrong(DIR *stream, int count)
{
	const struct dirent *entry;
	int wrong = 0;

	while (count-- > 0) {
		seekdir(stream, positions[count]);
		entry = readdir(stream);
		wrong += !entry || strcmp(entry->d_name, names[count]) != 0;
	}
	return wrong;
}

/* From how many of the positions does reading never reach the end? */
static int count_endless(DIR *stream, int count)
{
	int endless = 0, read;

	while (count-- > 0) {
		seekdir(stream, positions[count]);
		for (read = 0; read < 2 * MOST && readdir(stream);)
			read++;
		endless += read == 2 * MOST;
	}
	return endless;
}

/*
 * Add names, rewind, and count them all.  Returns -1 if the entry that was read last
 * before did not stay valid until the next readdir().
 */
static int count_again(DIR *stream)
{
	const struct dirent *entry, *last = NULL;
	char kept[NAME_MAX + 1] = "";
	int count = 0;

	rewinddir(stream);
	while ((entry = readdir(stream)))
		last = entry;
	if (last)
		strcpy(kept, last->d_name);
	for (int i = 0; i < GROWN; i++)
		close(open(name(i, 160), O_WRONLY | O_CREAT, 0644));
	rewinddir(stream);
	if (!last || strcmp(kept, last->d_name) != 0)
		return -1;
	while (readdir(stream))
		count++;
	return count;
}

int main(void)
{
	DIR *stream;
	int i, count;

	alarm(30); /* in case a call never returns */
	for (i = 0; i < MADE; i++)
		close(open(name(i, 4 + i % 60), O_WRONLY | O_CREAT, 0644));
	stream = opendir("__pycache__");
	if (!stream)
		return 1;
	count = read_all(stream);
	printf("%d names, %d wrong", count, count_wrong(stream, count));
	for (i = 0; i < MADE; i += 2)
		unlink(name(i, 4 + i % 60));
	for (i = 0; i < MADE; i++)
		close(open(name(i, 100 + i * 7 % 50), O_WRONLY | O_CREAT, 0644));
	rewinddir(stream);
	printf(", %d endless", count_endless(stream, count));
	printf(", %d names then\n", count_again(stream));
	return closedir(stream);
}
