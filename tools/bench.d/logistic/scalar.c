/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

enum { ROWS = 10000, COLUMNS = 100 };

static void gradient(const float *X, const float *y, const float *beta, float *out) {
    float g[COLUMNS] = {0};
    for (int i = 0; i < ROWS; i++) {
        const float *x = X + (size_t)i * COLUMNS;
        float z = 0;
        for (int j = 0; j < COLUMNS; j++) {
            z = fmaf(x[j], beta[j], z);
        }
        float r = y[i] - 1 / (1 + expf(-z));
        for (int j = 0; j < COLUMNS; j++) {
            g[j] = fmaf(r, x[j], g[j]);
        }
    }
    for (int j = 0; j < COLUMNS; j++) {
        out[j] = g[j];
    }
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const float *X = in[0], *y = in[1], *beta = in[2];
    float *g = out[0];
    for (size_t i = 0; i < batch; i++) {
        gradient(X, y, beta + i * COLUMNS, g + i * COLUMNS);
    }
}
