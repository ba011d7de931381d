/* SPDX-License-Identifier: MIT */
/*
 * Takes any bytes as a recording, reads them, adds them up and prints them in every
 * format: nothing may crash, and the output must be valid UTF-8.
 */
#include "fuzz.h"

#include "answer/advice.h"
#include "answer/packages.h"
#include "answer/savings.h"
#include "answer/story.h"
#include "answer/story_conclusion.h"
#include "common/json.h"
#include "common/utf8.h"
#include "read/reader.h"
#include "read/stats.h"
#include "show/describe.h"
#include "show/story_text.h"

static void check_text(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t point;

	for (; *at; at += utf8_decode(at, &point)) {
		utf8_decode(at, &point);
		must(point != UTF8_INVALID, "output is not UTF-8");
		must(point >= ' ' || point == '\n', "output has a control character");
	}
}

static void render(struct stats *stats, FILE *out)
{
	struct terminal terminal = {.out = out, .columns = 60};
	struct json json = {.out = out, .lines = 2};
	const struct process *process;
	const struct module *module;
	struct story *story;
	char *conclusion;

	json_open(&json, NULL, '{');
	json_open(&json, "modules", '[');
	for (module = stats->tables.modules; module; module = module->hh.next)
		describe_module_json(&json, module);
	json_close(&json, '[');
	json_open(&json, "processes", '[');
	for (process = stats->tables.processes; process; process = process->hh.next)
		describe_process_json(&json, process);
	json_close(&json, '[');
	json_close(&json, '{');
	for (module = stats->tables.modules; module; module = module->hh.next) {
		story = story_of(module);
		if (!story)
			continue;
		story_sort(story);
		story_print(&terminal, module, story);
		conclusion = story_conclusion(module);
		free(conclusion);
	}
}

static void name_all(const struct stats *stats)
{
	const struct module *module;
	struct packages packages;
	char *dotted;

	packages_find(&packages, &stats->tables);
	for (module = stats->tables.modules; module; module = module->hh.next) {
		dotted = packages_dotted(&packages, module);
		free(dotted);
	}
	packages_free(&packages);
}

static void print(struct stats *stats)
{
	struct savings savings;
	struct advices advices;
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	must(out != NULL, "no memory");
	render(stats, out);
	must(fclose(out) == 0, "no memory");
	check_text(text);
	free(text);
	advice_find(stats, &advices);
	advice_free(&advices);
	text = advice_none(stats);
	free(text);
	savings = savings_measure(stats);
	text = savings_text(stats, &savings);
	free(text);
	name_all(stats);
}

static void read_all(const uint8_t *data, size_t size)
{
	const struct record *record;
	struct story_teller teller;
	struct reader reader;
	struct stats stats;
	struct query query;
	uint64_t bytes = 0;

	stats_init(&stats);
	query_begin(&query, "shop");
	teller.query = &query;
	stats.observe = story_observe;
	stats.context = &teller;
	reader_open_memory(&reader, data, size);
	while ((record = reader_next(&reader))) {
		bytes += record->size;
		stats_feed(&stats, record);
	}
	must(bytes + reader.damaged_bytes <= size, "more bytes than there are");
	stats_finish(&stats);
	print(&stats);
	query_end(&query);
	story_free(&stats);
	stats_free(&stats);
	reader_close(&reader);
}

/*
 * Correct the checksums of the records, or the reader would reject all that a fuzzer
 * changes.
 */
static void repair(struct record *record)
{
	struct record_totals *totals;

	if (record->type == RECORD_PROCESS) {
		if (!record_totals_are_inside(record))
			return;
		totals = (void *)((uint8_t *)record + record_totals_offset(record));
		totals->check = record_check_totals(totals, record_totals_bytes(record));
	}
	record->check = record_check(record);
}

static void repair_all(uint8_t *data, size_t size)
{
	struct record *record;
	size_t at = 0;

	while (at + sizeof(*record) <= size) {
		record = (struct record *)(void *)(data + at);
		if (record->magic != RECORD_MAGIC || record->size % 8 ||
		    record->size < sizeof(*record) || record->size > size - at) {
			at += 8;
			continue;
		}
		repair(record);
		at += record->size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	must(copy != NULL, "no memory");
	memcpy(copy, data, size);
	read_all(copy, size);
	repair_all(copy, size);
	read_all(copy, size);
	free(copy);
	return 0;
}
