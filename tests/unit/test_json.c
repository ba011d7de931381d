/* SPDX-License-Identifier: MIT */
/*
 * tools/show/json.c and tools/common/utf8.h: the output is valid JSON for any strings.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "common/json.h"
#include "common/utf8.h"

/* Return the output for one string. */
static char *quoted(const char *text)
{
	char *out;
	size_t length;
	struct json json = {.out = open_memstream(&out, &length)};

	assert_non_null(json.out);
	json_open(&json, NULL, '[');
	json_string(&json, NULL, text);
	json_close(&json, '[');
	fclose(json.out);
	return out;
}

static void string_of_any_bytes_is_escaped(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "[\"\"]\n"},
		{"plain", "[\"plain\"]\n"},
		{"a\"b\\c", "[\"a\\\"b\\\\c\"]\n"},
		{"a\nb\tc\x01", "[\"a\\u000ab\\u0009c\\u0001\"]\n"},
		{"\x1b[31m", "[\"\\u001b[31m\"]\n"},
		{"\x7f", "[\"\\u007f\"]\n"},
		{"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0",
		 "[\"\\u0080\\u009b\\u009f\xc2\xa0\"]\n"}, /* C1, and what follows it */
		{"\x9b", "[\"\xef\xbf\xbd\"]\n"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8d",
		 "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8d\"]\n"},
		{"\xff", "[\"\xef\xbf\xbd\"]\n"},
		{"a\xc3", "[\"a\xef\xbf\xbd\"]\n"},		  /* cut short */
		{"\xc0\xaf", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]\n"}, /* overlong */
		{"\xe0\x80\x80x", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\"]\n"},
		{"\xed\xa0\x80",
		 "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]\n"}, /* surrogate */
		{"\xf4\x90\x80\x80",
		 "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]\n"}, /* U+110000 */
		{NULL, "[null]\n"},
	};
	size_t i;
	char *out;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		out = quoted(cases[i].text);
		assert_string_equal(out, cases[i].json);
		free(out);
	}
}

static void document_on_one_line_has_blanks(void **state)
{
	char *out;
	size_t length;
	struct json json = {.out = open_memstream(&out, &length)};

	(void)state;
	json_open(&json, NULL, '{');
	json_integer(&json, "a", -5);
	json_open(&json, "b", '[');
	json_close(&json, '[');
	json_open(&json, "c", '{');
	json_boolean(&json, "d", true);
	json_null(&json, "e");
	json_close(&json, '{');
	json_close(&json, '{');
	json_open(&json, NULL, '{');
	json_close(&json, '{');
	fclose(json.out);
	assert_string_equal(
		out, "{\"a\": -5, \"b\": [], \"c\": {\"d\": true, \"e\": null}}\n{}\n");
	free(out);
}

static void document_over_lines_is_indented(void **state)
{
	char *out;
	size_t length;
	struct json json = {.out = open_memstream(&out, &length), .lines = 1};

	(void)state;
	json_open(&json, NULL, '{');
	json_integer(&json, "a", 1);
	json_open(&json, "b", '[');
	json_integer(&json, NULL, 2);
	json_integer(&json, NULL, 3);
	json_close(&json, '[');
	json_close(&json, '{');
	fclose(json.out);
	assert_string_equal(out, "{\n \"a\": 1,\n \"b\": [2, 3]\n}\n");
	free(out);
}

static void seconds_of_nanoseconds_are_exact(void **state)
{
	static const struct {
		int64_t ns;
		const char *json;
	} cases[] = {
		{0, "[0.0]\n"},
		{1, "[0.000000001]\n"},
		{1500000, "[0.0015]\n"},
		{1000000000, "[1.0]\n"},
		{1700000000123456789, "[1700000000.123456789]\n"},
		{-2500000000, "[-2.5]\n"},
		{INT64_MIN, "[-9223372036.854775808]\n"},
	};
	struct json json = {0};
	size_t i, length;
	char *out;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		json.out = open_memstream(&out, &length);
		json_open(&json, NULL, '[');
		json_seconds(&json, NULL, cases[i].ns);
		json_close(&json, '[');
		fclose(json.out);
		assert_string_equal(out, cases[i].json);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(string_of_any_bytes_is_escaped),
		cmocka_unit_test(document_on_one_line_has_blanks),
		cmocka_unit_test(document_over_lines_is_indented),
		cmocka_unit_test(seconds_of_nanoseconds_are_exact),
	};

	return RUN(tests);
}
