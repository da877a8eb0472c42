/* The C compiler that `run` and `test` use, and the shared objects made with it. */
#ifndef ABCC_DRIVER_TOOLCHAIN_H
#define ABCC_DRIVER_TOOLCHAIN_H

#include "driver/command.h"

enum compiler_family { FAMILY_CLANG, FAMILY_GCC, FAMILY_TCC, FAMILY_OTHER };

struct toolchain {
    VEC(const char *) words;     /* the program and its own options, as in CC */
    const char *path;            /* where the program is */
    enum compiler_family family;
    unsigned major;              /* version; 0 if unknown */
    const char *why;             /* this one: "$ABCC_CC", "the newest clang", ... */
    bool has_vectors;            /* vector types wide enough for gangs; without, one example at a
                                  * time is faster than arrays of lanes */
    VEC(const char *) flags;
};

/* EXIT_FINE, or EXIT_COMPILER with AB0640. */
int toolchain_find(struct command *command, struct toolchain *toolchain);
/* What the machine is, as far as compiled code depends on it. */
const char *toolchain_cpu(struct arena *arena);
/* "clang 19", "gcc 12", "tcc" */
const char *toolchain_name(struct arena *arena, const struct toolchain *toolchain);

/* Where objects are kept; NULL if there is no such place. */
const char *cache_directory(struct command *command);

struct object {
    void *handle;
    double compile_seconds;
    bool cached;
};
/* The C text as a loaded shared object, from the cache if it is there. EXIT_FINE, or EXIT_COMPILER
 * or EXIT_FILE with the mistakes in command->diags. */
int object_make(struct command *command, const struct toolchain *toolchain,
                const struct text *c_text, struct object *object);
void object_free(struct object *object);

#endif
