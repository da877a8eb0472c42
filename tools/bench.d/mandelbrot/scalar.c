/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static int32_t escape(float re, float im) {
    float x = 0, y = 0;
    int32_t rounds = 0;
    while (rounds < ROUNDS) {
        float xx = x * x, yy = y * y;
        if (xx + yy > 4.0f) {
            break;
        }
        y = 2.0f * x * y + im;
        x = xx - yy + re;
        rounds++;
    }
    return rounds;
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const float *re = in[0], *im = in[1];
    int32_t *rounds = out[0];
    for (size_t i = 0; i < batch; i++) {
        rounds[i] = escape(re[i], im[i]);
    }
}
