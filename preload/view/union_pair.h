/* SPDX-License-Identifier: MIT */
/*
 * The part of union.h that is about calls with two paths: rename and link.
 */
#ifndef PYCSHIM_UNION_PAIR_H
#define PYCSHIM_UNION_PAIR_H

#include "attributes.h"
#include "host/call_data.h"

/* Decides a rename or a link, of which at least one path is covered. */
void union_pair(struct call_pair *pair) NONNULL;

#endif
