/* Lists in lists: [[1, 2], [3, 4]]. */
#ifndef ABCC_DRIVER_SPEC_LIST_H
#define ABCC_DRIVER_SPEC_LIST_H

#include "driver/spec.h"

/* As spec_read, for a word that begins with `[`. */
bool spec_read_list(const struct reading *reading, struct word word);

#endif
