/* The only bridge from the typed program to IR. */
#ifndef ABCC_BUILD_BUILD_H
#define ABCC_BUILD_BUILD_H

#include "ir/ir.h"
#include "sema/typed.h"

struct build_options {
    uint32_t max_depth; /* --max-depth; 0: 64 */
    bool show;          /* keep `show` statements */
};

/* The program must be free of errors. The result is tidy; the caller verifies it. */
struct ir_prog *build_program(struct arena *arena, struct names *names,
                              const struct sources *sources, const struct typed_prog *typed,
                              const struct build_options *options);

#endif
