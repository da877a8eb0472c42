/* Values from columns of a table: FILE.csv:COLUMN, FILE.csv:A,B..D and FILE.csv:*. */
#ifndef ABCC_DRIVER_SPEC_TABLE_H
#define ABCC_DRIVER_SPEC_TABLE_H

#include "driver/spec.h"

/* As spec_read; `colon` is the one of `word` behind the path. */
bool spec_read_table(const struct reading *reading, struct word word, const char *colon);

#endif
