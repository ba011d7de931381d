/* SPDX-License-Identifier: MIT */
/*
 * See json.h.
 */
#include "common/json.h"

#include <inttypes.h>
#include <string.h>

#include "common/utf8.h"

static void write_quoted(struct json *json, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t point;
	size_t length;

	putc_unlocked('"', json->out);
	for (; *at; at += length) {
		length = utf8_decode(at, &point);
		if (point == '"' || point == '\\')
			fprintf(json->out, "\\%c", (int)point);
		else if (point < ' ' || (point >= 0x7f && point < 0xa0)) /* C0, C1 */
			fprintf(json->out, "\\u%04x", point);
		else if (point == UTF8_INVALID)
			fputs("\xef\xbf\xbd", json->out);
		else
			fwrite(at, 1, length, json->out);
	}
	putc_unlocked('"', json->out);
}

static void begin_line(struct json *json)
{
	unsigned i;

	putc_unlocked('\n', json->out);
	for (i = 0; i < json->depth; i++)
		putc_unlocked(' ', json->out);
}

/* Write what stands between two members, or before the first one. */
static void write_separator(struct json *json)
{
	if (json->follows)
		putc_unlocked(',', json->out);
	if (json->depth && json->depth <= json->lines)
		begin_line(json);
	else if (json->follows)
		putc_unlocked(' ', json->out);
}

static void begin_member(struct json *json, const char *name)
{
	write_separator(json);
	json->follows = true;
	if (!name)
		return;
	write_quoted(json, name);
	fputs(": ", json->out);
}

void json_open(struct json *json, const char *name, char bracket)
{
	begin_member(json, name);
	putc_unlocked(bracket, json->out);
	json->depth++;
	json->follows = false;
}

void json_close(struct json *json, char bracket)
{
	json->depth--;
	if (json->follows && json->depth < json->lines)
		begin_line(json);
	putc_unlocked(bracket == '{' ? '}' : ']', json->out);
	json->follows = json->depth > 0;
	if (!json->depth)
		putc_unlocked('\n', json->out);
}

void json_integer(struct json *json, const char *name, int64_t value)
{
	begin_member(json, name);
	fprintf(json->out, "%" PRId64, value);
}

void json_boolean(struct json *json, const char *name, bool value)
{
	begin_member(json, name);
	fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *name)
{
	begin_member(json, name);
	fputs("null", json->out);
}

void json_number(struct json *json, const char *name, double value)
{
	char digits[64];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%.3f", value);

	while (length && digits[length - 1] == '0')
		digits[--length] = '\0';
	if (length && digits[length - 1] == '.')
		digits[--length] = '\0';
	begin_member(json, name);
	fputs(strcmp(digits, "-0") == 0 ? "0" : digits, json->out);
}

void json_seconds(struct json *json, const char *name, int64_t ns)
{
	uint64_t amount = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	char digits[32];
	size_t length;

	snprintf(digits, sizeof(digits), "%" PRIu64 ".%09" PRIu64, amount / 1000000000,
		 amount % 1000000000);
	for (length = strlen(digits);
	     digits[length - 1] == '0' && digits[length - 2] != '.';)
		digits[--length] = '\0';
	begin_member(json, name);
	fprintf(json->out, "%s%s", ns < 0 ? "-" : "", digits);
}

void json_string(struct json *json, const char *name, const char *value)
{
	begin_member(json, name);
	if (value)
		write_quoted(json, value);
	else
		fputs("null", json->out);
}
