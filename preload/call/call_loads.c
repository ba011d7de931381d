/* SPDX-License-Identifier: MIT */
/*
 * See call.h: dlopen().
 */
#include "call/call.h"

#include <stddef.h>
#include <string.h>

#include "call/call_look.h"
#include "host/own_stack.h"
#include "host/sys.h"
#include "host/thread.h"
#include "view/shadow.h"

/*
 * Names for dlopen(), which reads its argument only when it has the lock of the loader; until
 * then other threads may call it.  So a name is never changed or freed, and is used again for
 * the same library: there are few.
 */
struct loaded_name {
	struct loaded_name *next;
	char text[];
};

static struct loaded_name *loaded_names;

static const char *find_loaded_name(const char *text)
{
	const struct loaded_name *name = __atomic_load_n(&loaded_names, __ATOMIC_ACQUIRE);

	while (name && strcmp(name->text, text) != 0)
		name = name->next;
	return name ? name->text : NULL;
}

struct loading {
	const struct call *call;
	const char *name; /* NULL: there is no memory for it */
};

static void name_loaded_on_own_stack(void *argument)
{
	struct loading *loading = argument;
	const struct call *call = loading->call;
	char text[FD_NAME_BYTES + PATH_MAX];
	struct loaded_name *name;
	size_t length;

	if (likely(call->directory < 0)) {
		length = strlen(call->path);
		memcpy(text, call->path, length + 1);
	} else { /* the directory will be closed, so the name begins at the root */
		length = shadow_root_name(text);
		memcpy(text + length, call->absolute, call->path_length + 1);
		length += call->path_length;
	}
	loading->name = find_loaded_name(text);
	if (loading->name || !(name = sys_map(sizeof(*name) + length + 1, MAP_PRIVATE)))
		return;
	memcpy(name->text, text, length + 1);
	name->next = __atomic_load_n(&loaded_names, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&loaded_names, &name->next, name, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	loading->name = name->text;
}

const char *call_loads(const char *path)
{
	struct call call = {.operation = CALL_look};
	struct loading loading = {&call, NULL};
	struct thread_mark mark;

	if (!call_begin(&call, AT_FDCWD, path))
		return path;
	if (call.decision == CALL_ELSEWHERE) {
		thread_enter(&mark);
		own_stack_run(name_loaded_on_own_stack, &loading);
		thread_leave();
	} else if (call.decision == CALL_DONE && call.result < 0) {
		loading.name = call_nowhere; /* a whiteout hides it */
	}
	call_drop_path(&call);
	return loading.name ? loading.name : path;
}
