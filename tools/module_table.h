/*
 * The tables of modules and of processes, as `modules`, `processes` and `summary` show
 * them.  Pure but for memory and output.
 */
#ifndef PYCSHIM_MODULE_TABLE_H
#define PYCSHIM_MODULE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "rows.h"
#include "terminal.h"

void module_table_print(const struct terminal *terminal, const struct rows *rows,
			size_t indent) NONNULL;

/* whole: with command lines that go on in the next lines; else a line each. */
void process_table_print(const struct terminal *terminal, const struct rows *rows,
			 size_t indent, bool whole) NONNULL;

#endif
