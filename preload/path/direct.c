/* SPDX-License-Identifier: MIT */
/*
 * See direct.h.
 */
#include "path/direct.h"

#include "pyc_path.h"

enum { NOTHING, LOOKED_AT, OPENED, LOOKED_AT_AGAIN };

void direct_looks(struct direct *direct, const char *path, size_t length)
{
	uint32_t hash = pyc_path_hash(path, 0, length);

	if (direct->stage == NOTHING || direct->path != hash)
		*direct = (struct direct){hash, LOOKED_AT, false};
	else if (direct->stage == OPENED)
		direct->stage = LOOKED_AT_AGAIN;
}

bool direct_opens(struct direct *direct, const char *path, size_t length, bool stream)
{
	uint8_t stage = direct->stage;

	if (stage == NOTHING)
		return false;
	if (direct->path != pyc_path_hash(path, 0, length)) {
		direct_interrupted(direct);
		return false;
	}
	direct->stage = stage == LOOKED_AT ? OPENED : NOTHING;
	return stage == LOOKED_AT_AGAIN && !(stream && direct->interrupted);
}

void direct_interrupted(struct direct *direct)
{
	if (direct->stage == LOOKED_AT_AGAIN)
		direct->interrupted = true;
	else
		direct->stage = NOTHING;
}
