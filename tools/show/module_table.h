/* SPDX-License-Identifier: MIT */
/*
 * Prints the tables of modules and of processes for `modules`, `processes` and `summary`.
 * Used by cmd_rows.c and summary_text.c.
 */
#ifndef PYCSHIM_MODULE_TABLE_H
#define PYCSHIM_MODULE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "show/rows.h"
#include "show/terminal.h"

void module_table_print(const struct terminal *terminal, const struct rows *rows,
			size_t indent) NONNULL;

/* `whole`: a long command continues on further lines; otherwise each row has one line. */
void process_table_print(const struct terminal *terminal, const struct rows *rows,
			 size_t indent, bool whole) NONNULL;

#endif
