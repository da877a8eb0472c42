/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static void multiply(const double *a, const double *b, double *out) {
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int k = 0; k < 3; k++) {
                sum = fma(a[3 * i + k], b[3 * k + j], sum);
            }
            out[3 * i + j] = sum;
        }
    }
}

static void chain(const double *a, const double *b, int64_t rounds, double *out) {
    double m[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, moved[9];
    for (int64_t i = 0; i < rounds; i++) {
        multiply(a, m, moved);
        multiply(b, moved, m);
        double largest = fabs(m[0]);
        for (int k = 1; k < 9; k++) {
            double size = fabs(m[k]);
            largest = largest > size || largest != largest ? largest : size;
        }
        double scale = 1.0 / largest;
        for (int k = 0; k < 9; k++) {
            m[k] *= scale;
        }
    }
    for (int k = 0; k < 9; k++) {
        out[k] = m[k];
    }
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const double *a = in[0], *b = in[1];
    const int64_t *rounds = in[2];
    double *m = out[0];
    for (size_t i = 0; i < batch; i++) {
        chain(a + 9 * i, b + 9 * i, rounds[i], m + 9 * i);
    }
}
