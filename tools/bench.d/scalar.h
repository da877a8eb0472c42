/* SPDX-License-Identifier: MIT
 *
 * What the scalar references share: each scalar.c defines
 *     void bench_run(size_t batch, const void *const *in, void *const *out)
 * one example after the other, as a good programmer would write it by hand; recursive programs with
 * the depth check that the language asks for, and bench_run_unchecked without it. */
#ifndef BENCH_SCALAR_H
#define BENCH_SCALAR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void bench_run(size_t batch, const void *const *in, void *const *out);
void bench_run_unchecked(size_t batch, const void *const *in, void *const *out);

/* The check at a call: an activation at the limit may not call. After the first fault the limit is
 * 0, so that everything that is still to be called returns at once. */
struct depth_check {
    uint32_t limit;
    bool fault;
};

static inline bool too_deep(struct depth_check *check, uint32_t depth) {
    if (depth < check->limit) {
        return false;
    }
    check->limit = 0;
    check->fault = true;
    return true;
}

#endif
