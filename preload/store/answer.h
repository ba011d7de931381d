/* SPDX-License-Identifier: MIT */
/*
 * Answering a look-up from the store, or with what another process compiles.
 *
 * When an interpreter opens the pyc of a source, the pyc that it would get is judged first, as
 * the interpreter will do it.  If there is none, or it is stale, the source is read and hashed.
 * Where the store has its code object, a pyc is made of it, with the time and size of this
 * source, and kept where the interpreter would have kept what it compiles: in the shadow
 * (redirect), in place (trace), or nowhere, which is memory (deny, -B, a read-only file
 * system).  That pyc is what the open then gives.
 *
 * Called by call/.  On our own stack; raw system calls only.  Not in a vfork child.
 */
#ifndef PYCSHIM_STORE_ANSWER_H
#define PYCSHIM_STORE_ANSWER_H

#include <stdbool.h>

#include "attributes.h"
#include "host/call_data.h"

/*
 * May this look-up be answered by the store, or by another process that compiles the same pyc
 * (redirect, PYCSHIM_WAIT)?  If neither is set, this costs one comparison.
 */
bool store_concerns(const struct call *call) MUST_CHECK NONNULL;

/*
 * The same call, which the union view may have decided: makes the open, if the pyc there is
 * valid or the store has one (call_done()).  Else the interpreter is to compile: this process
 * leads, or `thread->waits_for` says for what it should wait first (flight.h).
 */
void store_answer(struct call *call) NONNULL;

#endif
