/* SPDX-License-Identifier: MIT */
/*
 * tools/common/quote.c and tools/common/escape.c: a shell reads a quoted word as the
 * original, and no output contains control sequences for the terminal.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "common/escape.h"
#include "common/quote.h"
#include "common/util.h"

static const struct {
	const char *word, *quoted;
} words[] = {
	{"", "''"},
	{"plain-1.0_x/y:z=@%+,", "plain-1.0_x/y:z=@%+,"},
	{"a b", "'a b'"},
	{"two  blanks", "'two  blanks'"},
	{"$(id)`id`$HOME", "'$(id)`id`$HOME'"},
	{"it's", "'it'\\''s'"},
	{"\"\\;&|<>(){}[]*?!#~", "'\"\\;&|<>(){}[]*?!#~'"},
	{"=ls", "'=ls'"},
	{"\xc3\xa4", "'\xc3\xa4'"},
	{"a\nb'c\\d", "$'a\\nb\\'c\\\\d'"},
	{"\x1b[31m1", "$'\\033[31m1'"},
	{"\x9b", "$'\\233'"},
	{"\xc2\x9b"
	 "1",
	 "$'\\302\\2331'"},
	{"\xe2\x80\xae\xc3\xa4", "$'\\342\\200\\256\xc3\xa4'"},
};

static void word_of_any_bytes_is_quoted(void **state)
{
	char *quoted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		quoted = quote_word(words[i].word, "");
		assert_string_equal(quoted, words[i].quoted);
		free(quoted);
	}
}

/* Return the word as bash reads it, with a mark behind it; only bash has $'...'. */
static char *read_back(const char *quoted)
{
	char *script = xasprintf("printf %%s %s", quoted), *text = xmalloc(4096);
	FILE *shell;
	size_t length;

	setenv("QUOTE_SCRIPT", script, 1);
	shell = popen("bash -c \"$QUOTE_SCRIPT\"", "r"); /* NOLINT: a shell is meant */
	assert_non_null(shell);
	length = fread(text, 1, 4095, shell);
	text[length] = '\0';
	assert_int_equal(pclose(shell), 0);
	free(script);
	return text;
}

static void word_that_is_pasted_is_what_it_was(void **state)
{
	char *quoted, *back;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		quoted = quote_word(words[i].word, "");
		back = read_back(quoted);
		assert_string_equal(back, words[i].word);
		free(quoted);
		free(back);
	}
}

static void path_that_begins_with_a_dash_is_no_option(void **state)
{
	char *quoted;

	(void)state;
	quoted = quote_path("-rf");
	assert_string_equal(quoted, "./-rf");
	free(quoted);
	quoted = quote_path("/my app/-x");
	assert_string_equal(quoted, "'/my app/-x'");
	free(quoted);
}

static void text_of_any_bytes_is_safe(void **state)
{
	static const struct {
		const char *text, *safe, *ascii;
	} cases[] = {
		{"plain \\", "plain \\", "plain \\"},
		{"a\nb\tc\rd", "a\\nb\\tc\\rd", "a\\nb\\tc\\rd"},
		{"\x1b[2J\x7f", "\\x1b[2J\\x7f", "\\x1b[2J\\x7f"},
		{"\x9b\xff", "\\x9b\\xff", "\\x9b\\xff"},
		{"\xc2\x80\xc2\x9b\xc2\xa0", "\\u0080\\u009b\xc2\xa0",
		 "\\u0080\\u009b\\u00a0"},
		{"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "\\u061c\\u200e\\u200f",
		 "\\u061c\\u200e\\u200f"},
		{"\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e", "\\u202a\\u202e"},
		{"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069", "\\u2066\\u2069"},
		{"\xf3\xa0\x81\x81", "\\U000e0041", "\\U000e0041"},
		{"\xc4\x9b\xf0\x9f\x90\x8d", "\xc4\x9b\xf0\x9f\x90\x8d",
		 "\\u011b\\U0001f40d"},
	};
	char *safe;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		safe = escape_text(cases[i].text, false);
		assert_string_equal(safe, cases[i].safe);
		free(safe);
		safe = escape_text(cases[i].text, true);
		assert_string_equal(safe, cases[i].ascii);
		free(safe);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(word_of_any_bytes_is_quoted),
		cmocka_unit_test(word_that_is_pasted_is_what_it_was),
		cmocka_unit_test(path_that_begins_with_a_dash_is_no_option),
		cmocka_unit_test(text_of_any_bytes_is_safe),
	};

	return RUN(tests);
}
