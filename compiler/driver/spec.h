/* The values of one leaf of a parameter or of a shared array, from NAME=SPEC on the command
 * line. */
#ifndef ABCC_DRIVER_SPEC_H
#define ABCC_DRIVER_SPEC_H

#include "driver/command.h"

#include "ir/ir.h"

enum { LARGEST_BATCH = 1 << 30 };

/* What is to be filled. */
struct spec_target {
    const char *path; /* "n", "p.x" */
    struct type type; /* of one example; of a shared array all of it, where an extent that only the
                       * run knows is negative */
    const char *text; /* the type as written, "f64[n, 3]" */
    bool is_shared;
};

enum spec_kind { SPEC_VALUES, SPEC_UNIFORM, SPEC_NORMAL };

struct spec {
    enum spec_kind kind;
    enum dtype dtype;
    struct shape shape; /* of one example, or of the shared array; known when there is data */
    uint64_t seed;      /* UNIFORM, NORMAL */
    uint64_t count;     /* examples (1 for a shared array); of a random one after spec_draw */
    uint8_t *data;      /* malloc'ed: [count][shape] of the dtype's C type */
};

/* What all forms of a SPEC need to know. */
struct reading {
    struct command *command;
    const struct spec_target *target;
    bool cast;
    struct spec *spec;
};

/* `word` is SPEC. False after a mistake, reported at its place in the word (or in a file). */
bool spec_read(const struct reading *reading, struct word word);
/* One value for all, its elements row-major. */
bool spec_take(const struct reading *reading, const union scalar *elements);
/* Fills in the random numbers of a UNIFORM or NORMAL spec whose shape is known. A number depends on
 * the seed and its place only. False if there is no memory. */
bool spec_draw(struct spec *spec, uint64_t count);
void spec_free(struct spec *spec);

/* ---- for the forms --------------------------------------------------------------------------- */

bool spec_fail(const struct reading *reading, struct loc loc, const char *why);
/* A part of a word, without the blanks around it. */
struct word spec_slice(struct arena *arena, struct word word, size_t begin, size_t end);
/* Do values of these extents fit the target? Then *spec has its count and shape. `what` names them
 * in messages. */
bool spec_fit(const struct reading *reading, struct loc loc, const char *what, uint32_t rank,
              const uint64_t *extent);
/* The same for values in a row, which fill examples one after the other. */
bool spec_fit_row(const struct reading *reading, struct loc loc, uint64_t count);
/* Memory for the values of a fitted spec. */
bool spec_allocate(const struct reading *reading, struct loc loc);
/* One literal into element `index` of the data. */
bool spec_read_value(const struct reading *reading, struct word word, uint64_t index);
uint64_t spec_elements(const struct spec *spec); /* of one example */

#endif
