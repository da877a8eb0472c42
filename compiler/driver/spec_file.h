/* Values from files: FILE.npy, FILE.npz:NAME and FILE.csv:COLUMNS. */
#ifndef ABCC_DRIVER_SPEC_FILE_H
#define ABCC_DRIVER_SPEC_FILE_H

#include "driver/spec.h"

bool spec_is_file(const char *text);
/* As spec_read, for a word of which spec_is_file holds. */
bool spec_read_file(const struct reading *reading, struct word word);

#endif
