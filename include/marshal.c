/* SPDX-License-Identifier: MIT */
/*
 * See marshal.h.  The grammar is that of r_object in CPython's Python/marshal.c.
 *
 * The end of a body usually suffices.  A code object ends with its first line number, its
 * line table and, since 3.11, its exception table.  The first line of a module is 0 or 1;
 * before 3.10 it is the line of the first statement, which is small, too.  So few places
 * inside a body look like its end.  Only if the end does not match, the whole body is
 * read.
 */
#include "marshal.h"

#include <stdbool.h>
#include <string.h>

#include "pyc_header.h"

#define FLAG_REF 0x80 /* set in the type of an object that is referred to later */
#define DEPTH 64      /* each level of nested functions takes two */

/*
 * The layout of a code object: numbers of 4 bytes, objects, the first line number, and
 * tables, which are objects as well.
 */
struct layout {
	unsigned char numbers, objects, tables;
	/* The least and the greatest first line to be expected of a module.  At most 63:
	   before 3.11 the word before the bytecode, the flags, could be taken for it
	   otherwise, and the flags have at least CO_NOFREE (64). */
	unsigned char least, most;
	bool certain; /* the interpreter is known to have this layout */
};

static struct layout layout_of(unsigned magic)
{
	if (magic > 50000) /* 2.7; most < least: much of its text looks like an end */
		return (struct layout){4, 8, 1, 1, 0, true};
	if (magic < 1000) /* PyPy, which did not follow CPython in 3.11 */
		return (struct layout){6, 8, 1, 1, 63, magic == 336 /* 3.9 */};
	if (magic < 3410) /* to 3.7 */
		return (struct layout){5, 8, 1, 1, 63, true};
	if (magic < 3450) /* 3.8 to 3.10 */
		return (struct layout){6, 8, 1, 1, 63, true};
	return (struct layout){5, 8, 2,
			       0, 1, magic >= 3495 && magic <= 3627}; /* to 3.14 */
}

/* Where a string of this type begins that ends at `end`; 0 if there is none. */
static size_t typed_before(const uint8_t *body, size_t end, int type)
{
	const uint8_t *found = body + end - 4;

	while ((found = memrchr(body, type, (size_t)(found - body))))
		if (pyc_header_word(found + 1) == (size_t)(body + end - found) - 5)
			return (size_t)(found - body);
	return 0;
}

/* The same for both types that a table may have. */
static size_t string_before(const uint8_t *body, size_t end)
{
	size_t at;

	if (end < 5)
		return 0;
	at = typed_before(body, end, 's');
	return at ? at : typed_before(body, end, 's' | FLAG_REF);
}

static bool ends_as_module(const uint8_t *body, size_t bytes, struct layout layout)
{
	size_t end = bytes, tables = layout.tables;
	uint32_t line;

	/* an empty exception table may be a reference to an empty string before it */
	if (tables == 2 && end >= 5 && (body[end - 5] & ~FLAG_REF) == 'r') {
		end -= 5;
		tables--;
	}
	while (tables-- > 0) {
		end = string_before(body, end);
		if (!end)
			return false;
	}
	if (end < 4)
		return false;
	line = pyc_header_word(body + end - 4);
	return line >= layout.least && line <= layout.most;
}

/* The kind of an object that is partly read, and how many of its parts are left. */
enum what { OBJECTS, CODE, DICT };

struct left {
	uint32_t count;
	enum what what;
};

/* The position in the body, and the objects around it that are partly read. */
struct walk {
	const uint8_t *body;
	size_t at, bytes;
	struct layout layout;
	unsigned depth;
	struct left left[DEPTH];
};

/* What follows the type byte of an object: bytes, or a count and that many pieces. */
struct form {
	bool known;
	unsigned char fixed;   /* the number of bytes, when there is no count */
	unsigned char counted; /* the size of the count in bytes, 0: there is none */
	unsigned char unit;  /* the size of each piece in bytes, 0: pieces are objects */
	unsigned char times; /* how often count and pieces come, 0: once */
};

/* clang-format off */
#define NOTHING       .known = true
#define FIXED(bytes)  .known = true, .fixed = (bytes)
#define STRING(bytes) .known = true, .counted = (bytes), .unit = 1
#define TUPLE(bytes)  .known = true, .counted = (bytes)

static const struct form forms[128] = {
	['0'] = {NOTHING}, /* ends a dictionary */
	['N'] = {NOTHING},   ['F'] = {NOTHING},   ['T'] = {NOTHING},   ['S'] = {NOTHING},
	['.'] = {NOTHING},   ['i'] = {FIXED(4)},  ['r'] = {FIXED(4)},  ['R'] = {FIXED(4)},
	['I'] = {FIXED(8)},  ['g'] = {FIXED(8)},  ['y'] = {FIXED(16)}, ['f'] = {STRING(1)},
	['z'] = {STRING(1)}, ['Z'] = {STRING(1)}, ['s'] = {STRING(4)}, ['t'] = {STRING(4)},
	['u'] = {STRING(4)}, ['a'] = {STRING(4)}, ['A'] = {STRING(4)}, [')'] = {TUPLE(1)},
	['('] = {TUPLE(4)},  ['['] = {TUPLE(4)},  ['<'] = {TUPLE(4)},  ['>'] = {TUPLE(4)},
	['l'] = {.known = true, .counted = 4, .unit = 2}, /* the digits of an int */
	['x'] = {.known = true, .counted = 1, .unit = 1, .times = 2}, /* complex, as text */
};
/* clang-format on */

/* Step over some bytes; false if the body ends before. */
static bool skip(struct walk *walk, uint64_t bytes)
{
	if (bytes > walk->bytes - walk->at)
		return false;
	walk->at += bytes;
	return true;
}

/* Begin an object with `count` parts; false if there is no room for it. */
static bool push(struct walk *walk, enum what what, uint32_t count)
{
	if (count > walk->bytes - walk->at || walk->depth == DEPTH)
		return false; /* each part takes at least one byte */
	walk->left[walk->depth++] = (struct left){count, what};
	return true;
}

/* Step over a count and its pieces; false if the body ends before they do. */
static bool step_counted(struct walk *walk, const struct form *form)
{
	size_t at = walk->at;
	uint32_t count;

	if (!skip(walk, form->counted))
		return false;
	count = form->counted == 1 ? walk->body[at] : pyc_header_word(walk->body + at);
	if (!form->unit)
		return push(walk, OBJECTS, count);
	/* a negative int has a negative count */
	if (form->unit == 2 && count > INT32_MAX)
		count = -count;
	return skip(walk, (uint64_t)count * form->unit);
}

static bool step_known(struct walk *walk, const struct form *form)
{
	unsigned times;

	if (!form->counted)
		return skip(walk, form->fixed);
	for (times = form->times ? form->times : 1; times > 0; times--)
		if (!step_counted(walk, form))
			return false;
	return true;
}

/* Step over an object; if the object has parts, only over what precedes them. */
static enum marshal_body step_over(struct walk *walk)
{
	unsigned type;
	bool there;

	if (walk->at == walk->bytes)
		return MARSHAL_DAMAGED;
	type = walk->body[walk->at++] & ~FLAG_REF;
	if (forms[type].known)
		there = step_known(walk, &forms[type]);
	else if (type == '{')
		there = push(walk, DICT, 0);
	else if (type == ':')
		there = push(walk, OBJECTS, 3);
	else if (type == 'c')
		there = skip(walk, (uint64_t)4 * walk->layout.numbers) &&
			push(walk, CODE, walk->layout.objects);
	else /* type 0: a page of zeros that never reached the disk */
		return type ? MARSHAL_UNKNOWN : MARSHAL_DAMAGED;
	if (walk->depth == DEPTH)
		return MARSHAL_UNKNOWN;
	return there ? MARSHAL_WHOLE : MARSHAL_DAMAGED;
}

/* Leave the objects that are complete; false if a code object lacks its first line. */
static bool leave_complete(struct walk *walk)
{
	struct left *left;

	while (walk->depth) {
		left = &walk->left[walk->depth - 1];
		if (left->what == DICT || left->count)
			return true;
		if (left->what == CODE) {
			if (!skip(walk, 4))
				return false;
			*left = (struct left){walk->layout.tables, OBJECTS};
			return true;
		}
		walk->depth--;
	}
	return true;
}

static __attribute__((noinline)) enum marshal_body
walk_through(const uint8_t *body, size_t bytes, struct layout layout)
{
	struct walk walk = {.body = body, .bytes = bytes, .layout = layout};
	enum marshal_body found;
	struct left *left;

	do {
		if (walk.depth) {
			left = &walk.left[walk.depth - 1];
			if (left->what != DICT)
				left->count--;
			else if (walk.at < bytes && body[walk.at] == '0')
				*left = (struct left){0, OBJECTS};
		}
		found = step_over(&walk);
		if (found != MARSHAL_WHOLE)
			return found;
		if (!leave_complete(&walk))
			return MARSHAL_DAMAGED;
	} while (walk.depth);
	return MARSHAL_WHOLE;
}

enum marshal_body marshal_judge_all(const uint8_t *body, size_t bytes, unsigned magic)
{
	struct layout layout = layout_of(magic);
	enum marshal_body found;

	if (!bytes || (body[0] & ~FLAG_REF) != 'c')
		return MARSHAL_DAMAGED;
	found = walk_through(body, bytes, layout);
	return found == MARSHAL_DAMAGED && !layout.certain ? MARSHAL_UNKNOWN : found;
}

enum marshal_body marshal_judge(const uint8_t *body, size_t seen, uint64_t bytes,
				unsigned magic)
{
	if (seen > bytes)
		seen = bytes;
	if (!bytes || (seen && (body[0] & ~FLAG_REF) != 'c'))
		return MARSHAL_DAMAGED;
	if (seen < bytes)
		return MARSHAL_UNKNOWN;
	if (ends_as_module(body, bytes, layout_of(magic)))
		return MARSHAL_WHOLE;
	return marshal_judge_all(body, bytes, magic);
}
