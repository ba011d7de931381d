/* SPDX-License-Identifier: MIT */
/*
 * tools/show/table.c and tools/show/terminal.c: tables fit, and no path reaches a terminal raw.
 */
#include "check.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "show/table.h"
#include "show/terminal.h"

static const struct table_column columns[] = {
	{"N", TABLE_NUMBER, 0},
	{"SPARE", TABLE_WORD, 1},
	{"MORE", TABLE_WORD, 2},
	{"PATH", TABLE_PATH, 0},
};

static struct terminal terminal_of(size_t width, bool utf8)
{
	return (struct terminal){.utf8 = utf8, .columns = width};
}

/* A table of two rows, printed for a terminal of this width. */
static char *printed(size_t width)
{
	struct terminal terminal = terminal_of(width, false);
	struct table table;
	size_t length;
	char *out;

	terminal.out = open_memstream(&out, &length);
	table_begin(&table, &terminal, columns, ARRAY_SIZE(columns));
	table_count(&table, 1234);
	table_cell(&table, "a");
	table_cell(&table, "b");
	table_cell(&table, "/usr/lib/python3/dist-packages/django/apps.py");
	table_count(&table, 0);
	table_cell(&table, "longer");
	table_cell(&table, "");
	table_cell(&table, "/x.py");
	table_end(&table, 1);
	fclose(terminal.out);
	return out;
}

static void table_without_limit_is_aligned(void **state)
{
	char *out = printed(0);

	(void)state;
	assert_string_equal(
		out,
		"     N  SPARE   MORE  PATH\n"
		" 1,234  a       b     /usr/lib/python3/dist-packages/django/apps.py\n"
		"     -  longer        /x.py\n");
	free(out);
}

static void table_in_a_narrow_terminal_cuts_its_path_at_the_left(void **state)
{
	char *out = printed(60);

	(void)state;
	assert_string_equal(
		out, "     N  SPARE   MORE  PATH\n"
		     " 1,234  a       b     ~/python3/dist-packages/django/apps.py\n"
		     "     -  longer        /x.py\n");
	free(out);
}

static void table_in_a_narrower_terminal_leaves_columns_out(void **state)
{
	char *out = printed(52);

	(void)state;
	assert_string_equal(out, "     N  SPARE   PATH\n"
				 " 1,234  a       ~ython3/dist-packages/django/apps.py\n"
				 "     -  longer  /x.py\n");
	free(out);
}

/* A table of one row whose text is long; the second column says nothing. */
static char *printed_text(size_t width, unsigned lines)
{
	static const struct table_column text_columns[] = {
		{"A", TABLE_WORD, 2},
		{"IDLE", TABLE_NUMBER, 1},
		{"TEXT", TABLE_TEXT, 0},
	};
	struct terminal terminal = terminal_of(width, false);
	struct table table;
	size_t length;
	char *out;

	terminal.out = open_memstream(&out, &length);
	table_begin(&table, &terminal, text_columns, ARRAY_SIZE(text_columns));
	table.lines = lines;
	table_cell(&table, "a");
	table_count(&table, 0);
	table_cell(&table,
		   "python3 -m gunicorn --config=/srv/settings/gunicorn.py shop.wsgi");
	table_end(&table, 0);
	fclose(terminal.out);
	return out;
}

static void table_column_that_says_nothing_is_left_out_first(void **state)
{
	char *out = printed_text(42, 1);

	(void)state;
	assert_string_equal(out, "A  TEXT\n"
				 "a  python3 -m gunicorn --config=/srv/sett~\n");
	free(out);
	out = printed_text(0, 1);
	assert_non_null(strstr(out, "A  IDLE  TEXT\n"));
	free(out);
}

static void table_text_goes_on_in_the_next_lines(void **state)
{
	char *out = printed_text(42, 3);

	(void)state;
	assert_string_equal(out, "A  TEXT\n"
				 "a  python3 -m gunicorn\n"
				 "   --config=/srv/settings/gunicorn.py\n"
				 "   shop.wsgi\n");
	free(out);
	out = printed_text(42, 2);
	assert_string_equal(out, "A  TEXT\n"
				 "a  python3 -m gunicorn\n"
				 "   --config=/srv/settings/gunicorn.py sho~\n");
	free(out);
	out = printed_text(23, 9); /* a word that does not fit is broken */
	assert_non_null(
		strstr(out, "\n--config=/srv/settings/\ngunicorn.py shop.wsgi\n"));
	free(out);
}

static void table_of_any_width_fits(void **state)
{
	size_t width;
	char *out, *line, *rest;

	(void)state;
	for (width = 12; width < 90; width++) {
		out = printed(width);
		for (line = strtok_r(out, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			assert_in_range(strlen(line), 0, width);
		free(out);
		out = printed_text(width, 4);
		for (line = strtok_r(out, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			assert_in_range(strlen(line), 0, width);
		free(out);
	}
}

static void clean_text_has_no_control_characters(void **state)
{
	static const struct {
		const char *text, *ascii, *utf8;
	} cases[] = {
		{"plain", "plain", "plain"},
		{"\x1b[2Jx\n\t", "\\x1b[2Jx\\n\\t", "\\x1b[2Jx\\n\\t"},
		{"\xc2\x9b"
		 "1m",
		 "\\u009b1m", "\\u009b1m"}, /* C1's CSI */
		{"\xc3\xa4", "\\u00e4", "\xc3\xa4"},
		{"\xe2\x80\xae", "\\u202e", "\\u202e"},
		{"\xff\xfe", "\\xff\\xfe", "\\xff\\xfe"},
	};
	struct terminal ascii = terminal_of(0, false), utf8 = terminal_of(0, true);
	char *clean;
	size_t i;

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		clean = terminal_clean(&ascii, cases[i].text);
		assert_string_equal(clean, cases[i].ascii);
		free(clean);
		clean = terminal_clean(&utf8, cases[i].text);
		assert_string_equal(clean, cases[i].utf8);
		free(clean);
	}
	setlocale(LC_CTYPE, "C");
}

static void cut_text_has_the_width_asked_for(void **state)
{
	struct terminal terminal = terminal_of(0, false);
	char *cut;

	(void)state;
	cut = terminal_cut_left(&terminal, "abcdef", 4);
	assert_string_equal(cut, "~def");
	free(cut);
	cut = terminal_cut_right(&terminal, "abcdef", 4);
	assert_string_equal(cut, "abc~");
	free(cut);
	cut = terminal_cut_right(&terminal, "abcd", 4);
	assert_string_equal(cut, "abcd");
	free(cut);
}

/* Text for pasting is not wrapped, and its spaces are kept. */
static void wrapped_text_keeps_quoted_words_whole(void **state)
{
	struct terminal terminal = terminal_of(40, false);
	size_t length;
	char *out;

	(void)state;
	terminal.out = open_memstream(&out, &length);
	terminal_wrap(
		&terminal,
		"run python3 -m compileall '/srv/my  app/it'\\''s mine' $'/a \\'\\nb' "
		"of Python's or 'tis said",
		2, 0);
	fclose(terminal.out);
	assert_string_equal(out, "run python3 -m compileall\n"
				 "  '/srv/my  app/it'\\''s mine'\n"
				 "  $'/a \\'\\nb' of Python's or 'tis said\n");
	free(out);
}

static void names_in_a_pipe_are_as_they_are(void **state)
{
	struct terminal pipe = {.names = true};
	char *clean;

	(void)state;
	clean = terminal_clean(&pipe, "/app/\xc3\xa4\xc2\x9b.py");
	assert_string_equal(clean, "/app/\xc3\xa4\\u009b.py");
	assert_int_equal(terminal_width(&pipe, clean), strlen("/app/a\\u009b.py"));
	free(clean);
}

/* A long word in one row does not widen all other rows. */
static void word_that_is_very_long_is_cut(void **state)
{
	static const struct table_column two[] = {{"TAG", TABLE_WORD, 0},
						  {"PATH", TABLE_PATH, 0}};
	struct terminal terminal = terminal_of(0, false);
	char word[5000], *out;
	struct table table;
	size_t length;

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	terminal.out = open_memstream(&out, &length);
	table_begin(&table, &terminal, two, ARRAY_SIZE(two));
	table_cell(&table, word);
	table_cell(&table, "/a");
	table_cell(&table, "cpython-311");
	table_cell(&table, "/b");
	table_end(&table, 0);
	fclose(terminal.out);
	assert_true(length < 500);
	assert_non_null(strstr(out, "xxx~  /a\n"));
	free(out);
}

static void wide_characters_take_two_columns(void **state)
{
	struct terminal terminal = terminal_of(0, true);
	char *cut;

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	assert_int_equal(terminal_width(&terminal, "a\xe4\xbd\xa0"), 3);
	cut = terminal_cut_right(&terminal, "\xe4\xbd\xa0\xe4\xbd\xa0\xe4\xbd\xa0", 5);
	assert_string_equal(cut, "\xe4\xbd\xa0\xe4\xbd\xa0\xe2\x80\xa6");
	free(cut);
	setlocale(LC_CTYPE, "C");
}

static void wrapped_text_keeps_to_the_width(void **state)
{
	struct terminal terminal = terminal_of(20, false);
	size_t length;
	char *out;

	(void)state;
	terminal.out = open_memstream(&out, &length);
	fputs("code: ", terminal.out);
	terminal_wrap(&terminal, "one two three four five averyveryverylongword x", 2, 6);
	fclose(terminal.out);
	assert_string_equal(out, "code: one two three\n  four five\n"
				 "  averyveryverylongword\n  x\n");
	free(out);
	terminal.out = open_memstream(&out, &length);
	terminal_wrap(&terminal, "it has needed 1.92 s, or 4 of 5 pages: 62 %", 2, 0);
	fclose(terminal.out);
	assert_string_equal(out, "it has needed\n  1.92 s, or 4 of 5\n  pages: 62 %\n");
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_without_limit_is_aligned),
		cmocka_unit_test(table_in_a_narrow_terminal_cuts_its_path_at_the_left),
		cmocka_unit_test(table_in_a_narrower_terminal_leaves_columns_out),
		cmocka_unit_test(table_column_that_says_nothing_is_left_out_first),
		cmocka_unit_test(table_text_goes_on_in_the_next_lines),
		cmocka_unit_test(table_of_any_width_fits),
		cmocka_unit_test(clean_text_has_no_control_characters),
		cmocka_unit_test(cut_text_has_the_width_asked_for),
		cmocka_unit_test(word_that_is_very_long_is_cut),
		cmocka_unit_test(wrapped_text_keeps_quoted_words_whole),
		cmocka_unit_test(names_in_a_pipe_are_as_they_are),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(word_that_is_very_long_is_cut),
		cmocka_unit_test(wrapped_text_keeps_to_the_width),
	};

	return RUN(tests);
}
