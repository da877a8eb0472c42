/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

/* The inputs are not negative, so C's remainder is the language's. */
static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const int64_t *a = in[0], *b = in[1];
    int64_t *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        result[i] = gcd(a[i], b[i]);
    }
}
