/* SPDX-License-Identifier: MIT */
/*
 * See image_measure.h.
 */
#include "answer/image_measure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/compile_cost.h"
#include "answer/python_child.h"
#include "common/user.h"
#include "common/util.h"
#include "pyc_path.h"
#include "read/image_pyc.h"

#define SOURCE_MAX (16 << 20)	      /* a larger source is not compiled */
#define ENOUGH_NS INT64_C(3000000000) /* no more is compiled after so much CPU */
#define LINE_BYTES 256
#define ENOUGH_BYTES (32 << 10) /* of recorded sources, for a price of others */

/*
 * The interpreter's part.  What an import does without a pyc is timed: to compile and to make
 * the bytes of the pyc (_compile_bytecode() and _code_to_timestamp_pyc() in
 * Lib/importlib/_bootstrap_external.py).  For Python 2, too, which has no -I: no module may
 * come from the current directory.
 */
static const char script[] =
	"import sys\n"
	"sys.path = [place for place in sys.path if place]\n"
	"import marshal, os, struct, time, warnings\n"
	"warnings.simplefilter('ignore')\n"
	"clock = getattr(time, 'process_time', None) or time.clock\n"
	"requests = os.fdopen(3, 'rb')\n"
	"def say(line):\n"
	"	os.write(1, (line + '\\n').encode('ascii'))\n"
	"def cost(source):\n"
	"	begin = clock()\n"
	"	marshal.dumps(compile(source, '<sample>', 'exec', 0, True))\n"
	"	return (clock() - begin) * 1e9\n"
	"cost(b'class A:\\n\\tdef f(self):\\n\\t\\treturn 1\\n')\n"
	"say(getattr(getattr(sys, 'implementation', None), 'cache_tag', 'cpython-27'))\n"
	"while True:\n"
	"	head = requests.read(4)\n"
	"	if len(head) < 4:\n"
	"		break\n"
	"	source = requests.read(struct.unpack('=I', head)[0])\n"
	"	try:\n"
	"		say('%d' % cost(source))\n"
	"	except Exception:\n"
	"		say('error')\n";

/* Sources for one interpreter, each with the same chance to be among them. */
struct image_sample {
	char *path[IMAGE_SAMPLE];
	size_t count, offered;
};

static int64_t invalid_of(const struct image_row *row)
{
	return row->missing + row->pycs.stale + row->pycs.unreadable;
}

/* For qsort(). */
static int by_directory(const void *left, const void *right)
{
	const struct image_row *const *one = left, *const *other = right;

	return strcmp((*one)->package->directory, (*other)->package->directory);
}

/* Sort the rows that need compiling, so that those of a package are found at once. */
static void sort_rows(struct image_measure *measure)
{
	const struct image_cost *cost = measure->cost;
	const struct image_row *row;

	for (row = cost->package; row < cost->package + cost->packages; row++)
		if (invalid_of(row))
			measure->row[measure->rows++] = row;
	qsort(measure->row, measure->rows, sizeof(*measure->row), by_directory);
}

void image_measure_begin(struct image_measure *measure, const struct image_cost *cost,
			 const struct image_root *root, const struct stats *stats)
{
	char *here = root->confined ? NULL : getcwd(NULL, 0);

	*measure = (struct image_measure){
		.cost = cost,
		.root = root,
		.sample = xcalloc(cost->interpreters + 1, sizeof(struct image_sample)),
		.row = xcalloc(cost->packages + 1, sizeof(*measure->row)),
		.stats = stats,
		.known = xcalloc(cost->packages + 1, sizeof(struct image_price)),
		.directory = xasprintf("%s/", here ? here : ""),
		.random = UINT64_C(0x9e3779b97f4a7c15),
	};
	free(here);
	sort_rows(measure);
}

void image_measure_free(struct image_measure *measure)
{
	size_t i, j;

	for (i = 0; i < measure->cost->interpreters; i++)
		for (j = 0; j < measure->sample[i].count; j++)
			free(measure->sample[i].path[j]);
	free(measure->sample);
	free(measure->row);
	free(measure->known);
	free(measure->directory);
}

/* xorshift64: the same sample each time, so that two runs can be compared. */
static size_t random_below(struct image_measure *measure, size_t limit)
{
	measure->random ^= measure->random << 13;
	measure->random ^= measure->random >> 7;
	measure->random ^= measure->random << 17;
	return (size_t)(measure->random % limit);
}

static void sample_add(struct image_measure *measure, struct image_sample *sample,
		       const char *path)
{
	size_t place = sample->count;

	sample->offered++;
	if (place < IMAGE_SAMPLE) {
		sample->count++;
	} else {
		place = random_below(measure, sample->offered);
		if (place >= IMAGE_SAMPLE)
			return;
		free(sample->path[place]);
	}
	sample->path[place] = xstrdup(path);
}

/* Find the rows about a package.  It is one of the second walk, so its directory tells. */
static void find_rows(struct image_measure *measure, const struct image_package *package)
{
	const struct image_row wanted = {.package = package}, *key = &wanted;
	size_t low = 0, high = measure->rows, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_directory(&measure->row[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	measure->package = package;
	measure->first = measure->end = low;
	while (measure->end < measure->rows &&
	       by_directory(&measure->row[measure->end], &key) == 0)
		measure->end++;
}

/*
 * Take what recordings say of a source: if they have its compile from begin to end, and it has
 * the size that it had then.
 */
static void take_recorded(struct image_measure *measure, const struct image_row *row,
			  const char *pyc, int64_t bytes)
{
	struct image_price *known = &measure->known[row - measure->cost->package];
	const struct module *module;
	char *path = xasprintf("%s%s", *pyc == '/' ? "" : measure->directory, pyc);

	module = tables_find_module(&measure->stats->tables, path, strlen(path));
	free(path);
	if (!module || module->measured <= 0 || module->at_most ||
	    (module->source_bytes && (int64_t)module->source_bytes != bytes))
		return;
	known->sources++;
	known->bytes += bytes;
	known->ns += compile_cost_of_module(module);
}

/* Has the source a pyc that the interpreter would use?  If not, look for it in recordings. */
static bool has_valid_pyc(struct image_measure *measure, const struct image_row *row,
			  const struct image_source *source)
{
	const struct image_root *root = measure->root;
	size_t stem = strlen(source->name) - strlen(".py");
	bool beside = strcmp(row->tag, IMAGE_TAG_2) == 0;
	char *parent = xasprintf("%.*s",
				 (int)(strlen(source->path) - strlen(source->name) - 1),
				 source->path);
	char *cache = beside ? xstrdup(parent) : xasprintf("%s/" PYCACHE, parent);
	char *name = beside ? xasprintf("%sc", source->name)
			    : xasprintf("%.*s.%s.pyc", (int)stem, source->name, row->tag);
	char *path = xasprintf("%s/%s", cache, name);
	int fd = beside ? dup(source->directory)
			: image_open_cache(root, source->directory, cache);
	struct image_pyc pyc = {.state = IMAGE_UNREADABLE};
	bool valid;

	if (fd >= 0) {
		image_pyc_judge(
			&pyc, root,
			&(struct image_place){fd, source->directory, name, path, parent},
			source->name, beside ? "" : row->tag);
		close(fd);
	}
	valid = pyc.state == IMAGE_VALID &&
		(!pyc.magic || !row->magic || pyc.magic == row->magic);
	if (!valid && measure->stats)
		take_recorded(measure, row, path, source->bytes);
	free(path);
	free(name);
	free(cache);
	free(parent);
	return valid;
}

void image_measure_offer(void *context, const struct image_source *source)
{
	struct image_measure *measure = context;
	const struct image_cost *cost = measure->cost;
	const struct image_row *row;
	size_t i, j;

	if (measure->package != source->package)
		find_rows(measure, source->package);
	for (i = measure->first; i < measure->end; i++) {
		row = measure->row[i];
		if (has_valid_pyc(measure, row, source))
			continue;
		for (j = 0; j < cost->interpreters; j++)
			if (strcmp(cost->interpreter[j].tag, row->tag) == 0)
				sample_add(measure, &measure->sample[j], source->path);
	}
}

void image_measure_take_recorded(const struct image_measure *measure,
				 struct image_prices *prices)
{
	const struct image_cost *cost = measure->cost;
	struct image_price *known, sum;
	size_t i, j;

	for (i = 0; i < cost->interpreters; i++) {
		sum = (struct image_price){.tag = cost->interpreter[i].tag,
					   .recorded = true};
		for (j = 0; j < cost->packages; j++) {
			known = &measure->known[j];
			if (!known->sources || strcmp(cost->package[j].tag, sum.tag) != 0)
				continue;
			known->tag = sum.tag;
			known->directory = cost->package[j].package->directory;
			known->recorded = true;
			image_prices_add(prices, *known);
			sum.sources += known->sources;
			sum.bytes += known->bytes;
			sum.ns += known->ns;
		}
		if (sum.bytes >= ENOUGH_BYTES && !image_price_find(prices, sum.tag))
			image_prices_add(prices, sum);
	}
}

/* A program of somebody else is not run, nor one that anybody can replace. */
static bool is_trusted(const char *path)
{
	char *real = realpath(path, NULL), *end;
	struct stat status;
	bool trusted = real != NULL;

	while (trusted) {
		trusted = stat(*real ? real : "/", &status) == 0 &&
			  user_is_trusted(status.st_uid) &&
			  (!(status.st_mode & S_IWOTH) ||
			   (S_ISDIR(status.st_mode) && status.st_mode & S_ISVTX));
		end = strrchr(real, '/');
		if (!end)
			break;
		*end = '\0';
	}
	free(real);
	return trusted;
}

/* Start the interpreter.  Returns why that is not possible, which the caller frees, or NULL. */
static char *start(const struct image_measure *measure, const struct image_row *row,
		   struct python_child *child)
{
	bool confined = measure->root->confined;
	struct python_program program = {row->executable, script,
					 confined ? measure->root->fd : -1};
	char line[LINE_BYTES], *path = NULL, *why = NULL;
	bool started;

	if (!row->executable)
		return xstrdup("its interpreter was not found");
	if (!confined && !is_trusted(row->executable))
		return xasprintf("%s is not run, because others own it or can replace it",
				 row->executable);
	/* the child changes its directory */
	path = confined ? xasprintf("/%s", row->executable + strspn(row->executable, "/"))
			: realpath(row->executable, NULL);
	if (!path)
		return xasprintf("%s: %s", row->executable, strerror(errno));
	program.path = path;
	started = python_child_start(child, &program);
	free(path);
	if (!started)
		return xasprintf("%s cannot be started", row->executable);
	if (!python_child_answer(child, line, sizeof(line), python_child_deadline()))
		why = xasprintf("%s does not run here", row->executable);
	else if (*line == '!')
		why = xasprintf("%s does not run here (%s)", row->executable, line + 1);
	else if (strcmp(line, row->tag) != 0)
		why = xasprintf("%s is another one, %s", row->executable, line);
	if (why)
		python_child_end(child);
	return why;
}

/* Read a source into memory that the caller frees.  NULL: it is gone, empty or too large. */
static void *read_source(const struct image_root *root, const char *path, uint32_t *bytes)
{
	int fd = image_open_path(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *source = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size &&
	    status.st_size <= SOURCE_MAX) {
		*bytes = (uint32_t)status.st_size;
		source = xmalloc(*bytes);
		if (read(fd, source, *bytes) != (ssize_t)*bytes) {
			free(source);
			source = NULL;
		}
	}
	close(fd);
	return source;
}

/* Compile one source, and add it to the price.  False: the interpreter answers no more. */
static bool measure_source(const struct image_root *root, const char *path,
			   struct python_child *child, struct image_price *price)
{
	uint64_t end_ns = python_child_deadline();
	char line[LINE_BYTES], *end;
	uint32_t bytes;
	void *source = read_source(root, path, &bytes);
	bool answered;
	int64_t ns;

	if (!source)
		return true;
	answered = python_child_send(child, &bytes, sizeof(bytes), end_ns) &&
		   python_child_send(child, source, bytes, end_ns) &&
		   python_child_answer(child, line, sizeof(line), end_ns);
	free(source);
	if (!answered)
		return false;
	ns = strtoll(line, &end, 10);
	if (end == line || *end || ns < 0)
		return true; /* it does not compile, so no start compiles it either */
	price->sources++;
	price->bytes += bytes;
	price->ns += ns;
	return true;
}

static void measure_row(struct image_measure *measure, const struct image_row *row,
			const struct image_sample *sample, struct image_prices *prices)
{
	struct image_price price = {.tag = row->tag};
	struct python_child child;
	struct progress progress;
	char *why = start(measure, row, &child);
	size_t i;

	if (!why) {
		progress_begin(&progress, "compiling a sample", "sources", sample->count);
		for (i = 0; i < sample->count && price.ns < ENOUGH_NS; i++) {
			progress_update(&progress, i);
			if (!measure_source(measure->root, sample->path[i], &child,
					    &price))
				break;
		}
		progress_end(&progress);
		python_child_end(&child);
		if (!price.sources)
			why = xstrdup("no source of the sample compiles");
	}
	image_prices_add(prices, price);
	if (!why)
		return;
	warn("%s: not measured, so its cost is an estimate: %s", row->tag, why);
	free(why);
}

void image_measure_run(struct image_measure *measure, struct image_prices *prices)
{
	size_t i;

	signal(SIGPIPE, SIG_IGN); /* an interpreter that ended is an error of write() */
	for (i = 0; i < measure->cost->interpreters; i++)
		if (measure->sample[i].count)
			measure_row(measure, &measure->cost->interpreter[i],
				    &measure->sample[i], prices);
	signal(SIGPIPE, SIG_DFL);
}
