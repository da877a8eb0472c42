/* The values of one leaf of a parameter, from NAME=SPEC on the command line. */
#ifndef ABCC_DRIVER_SPEC_H
#define ABCC_DRIVER_SPEC_H

#include "driver/command.h"

#include "ir/ir.h"

enum { LARGEST_BATCH = 1 << 30 };

enum spec_kind { SPEC_VALUES, SPEC_UNIFORM, SPEC_NORMAL };

struct spec {
    enum spec_kind kind;
    enum dtype dtype;
    uint64_t seed;  /* UNIFORM, NORMAL */
    uint64_t count; /* VALUES; for the others after spec_draw */
    uint8_t *data;  /* malloc'ed: [count] of the dtype's C type */
};

/* `word` is SPEC. False after a mistake, reported at its place in the word (or in a file). */
bool spec_read(struct command *command, struct word word, const struct ir_leaf *leaf, bool cast,
               struct spec *spec);
/* Fills in the random numbers of a UNIFORM or NORMAL spec. Number i depends on seed and i only. */
bool spec_draw(struct spec *spec, uint64_t count);
void spec_free(struct spec *spec);

#endif
