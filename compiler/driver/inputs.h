/* The arguments of a run: NAME=SPEC words put together into one batch. */
#ifndef ABCC_DRIVER_INPUTS_H
#define ABCC_DRIVER_INPUTS_H

#include "driver/spec.h"

struct input {
    struct spec_target target;
    const struct ir_leaf *leaf; /* NULL: a shared array */
    const struct word *word;    /* NAME=SPEC; NULL: its default value */
    struct spec spec;
};

/* A run-time extent of shared arrays. */
struct input_extent {
    const char *path;
    const struct word *word;    /* NAME=NUMBER, or NULL */
    const struct input *from;   /* an array that has it, or NULL */
    int64_t size;               /* -1: not known */
};

struct inputs {
    struct input *at; /* leaves of parameters and shared arrays, in the order of the source */
    uint32_t len;
    struct input_extent *extents; /* of the entry, in order */
    uint32_t extent_count;
    uint64_t batch;
};

/* Does an operand look like NAME=SPEC? */
bool input_is_one(const char *text);
/* EXIT_FINE, EXIT_USAGE, or EXIT_FILE if a file was the trouble. `batch`: what --batch says, or
 * UINT64_MAX. Free what was read in any case. */
int inputs_read(struct command *command, const struct ir_prog *prog, const struct ir_entry *entry,
                const struct word *words, uint32_t count, uint64_t batch, bool cast,
                struct inputs *inputs);
void inputs_free(struct inputs *inputs);

#endif
