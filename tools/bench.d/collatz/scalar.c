/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static int64_t collatz(int64_t n) {
    int64_t steps = 0;
    while (n != 1) {
        n = n & 1 ? 3 * n + 1 : n >> 1;
        steps++;
    }
    return steps;
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const int64_t *n = in[0];
    int64_t *steps = out[0];
    for (size_t i = 0; i < batch; i++) {
        steps[i] = collatz(n[i]);
    }
}
