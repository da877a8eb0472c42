/* Values from files: FILE.npy and FILE.csv:COLUMN. */
#ifndef ABCC_DRIVER_SPEC_FILE_H
#define ABCC_DRIVER_SPEC_FILE_H

#include "driver/spec.h"

bool spec_is_file(const char *text);
/* As spec_read, for a word of which spec_is_file holds. */
bool spec_read_file(struct command *command, struct word word, const struct ir_leaf *leaf,
                    bool cast, struct spec *spec);

#endif
