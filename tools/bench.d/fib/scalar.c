/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static int64_t fib(int64_t n, uint32_t depth, struct depth_check *check) {
    if (n < 2) {
        return n;
    }
    if (too_deep(check, depth)) {
        return 0;
    }
    return fib(n - 1, depth + 1, check) + fib(n - 2, depth + 1, check);
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const int64_t *n = in[0];
    int64_t *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        struct depth_check check = {.limit = 64};
        int64_t value = fib(n[i], 0, &check);
        if (!check.fault) {
            result[i] = value;
        }
    }
}

static int64_t fib_unchecked(int64_t n) {
    return n < 2 ? n : fib_unchecked(n - 1) + fib_unchecked(n - 2);
}

void bench_run_unchecked(size_t batch, const void *const *in, void *const *out) {
    const int64_t *n = in[0];
    int64_t *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        result[i] = fib_unchecked(n[i]);
    }
}
