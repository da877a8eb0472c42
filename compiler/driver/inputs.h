/* The arguments of a run: NAME=SPEC words put together into one batch. */
#ifndef ABCC_DRIVER_INPUTS_H
#define ABCC_DRIVER_INPUTS_H

#include "driver/spec.h"

struct input {
    const struct ir_leaf *leaf;
    const struct word *word; /* NAME=SPEC */
    struct spec spec;
};

struct inputs {
    struct input *at; /* one for each leaf of the entry's parameters, in their order */
    uint32_t len;
    uint64_t batch;
};

/* Does an operand look like NAME=SPEC? */
bool input_is_one(const char *text);
/* EXIT_FINE, EXIT_USAGE, or EXIT_FILE if a file was the trouble. `batch`: what --batch says, or
 * UINT64_MAX. Free what was read in any case. */
int inputs_read(struct command *command, const struct ir_entry *entry, const struct word *words,
                uint32_t count, uint64_t batch, bool cast, struct inputs *inputs);
void inputs_free(struct inputs *inputs);

#endif
