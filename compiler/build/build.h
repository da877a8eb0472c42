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

/* Where a test has gone: which of the new entries runs it, and under which number. */
struct joined_test {
    uint32_t entry, number;
};

/* All entries must be tests. They are replaced by one entry for each depth limit among them, of one
 * parameter, an i64: the number of the test to run. `joined` has room for one of each old entry. */
void build_join_tests(struct ir_prog *prog, struct joined_test *joined);

#endif
