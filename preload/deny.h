/*
 * Deny mode: creating or changing bytecode fails with EROFS, as on a read-only file
 * system; reading and deleting works.  As union.h, without a shadow.
 */
#ifndef PYCSHIM_DENY_H
#define PYCSHIM_DENY_H

#include "attributes.h"
#include "call.h"

void deny_call(struct call *call) NONNULL;
void deny_pair(struct call_pair *pair) NONNULL;

#endif
