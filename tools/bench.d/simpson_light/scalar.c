/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static double simpson(double width, double fa, double fm, double fb) {
    return width / 6.0 * (fa + fb + 4.0 * fm);
}

static double peak(double x, double c) {
    return 1.0 / (x * x + c * c);
}

static double between(double a, double b, double fa, double fm, double fb, double coarse,
                      double tolerance, double c, uint32_t depth, struct depth_check *check) {
    double m = 0.5 * (a + b);
    double fl = peak(0.5 * (a + m), c), fr = peak(0.5 * (m + b), c);
    double left = simpson(m - a, fa, fl, fm), right = simpson(b - m, fm, fr, fb);
    double change = left + right - coarse;
    if (fabs(change) <= 15.0 * tolerance) {
        return left + right + change / 15.0;
    }
    if (too_deep(check, depth)) {
        return 0;
    }
    double first = between(a, m, fa, fl, fm, left, 0.5 * tolerance, c, depth + 1, check);
    return first + between(m, b, fm, fr, fb, right, 0.5 * tolerance, c, depth + 1, check);
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const double *c = in[0], *tolerance = in[1];
    double *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        struct depth_check check = {.limit = 64};
        double end = peak(1.0, c[i]), middle = peak(0.0, c[i]);
        double value = between(-1.0, 1.0, end, middle, end, simpson(2.0, end, middle, end),
                               tolerance[i], c[i], 0, &check);
        if (!check.fault) {
            result[i] = value;
        }
    }
}

static double unchecked(double a, double b, double fa, double fm, double fb, double coarse,
                        double tolerance, double c) {
    double m = 0.5 * (a + b);
    double fl = peak(0.5 * (a + m), c), fr = peak(0.5 * (m + b), c);
    double left = simpson(m - a, fa, fl, fm), right = simpson(b - m, fm, fr, fb);
    double change = left + right - coarse;
    if (fabs(change) <= 15.0 * tolerance) {
        return left + right + change / 15.0;
    }
    double first = unchecked(a, m, fa, fl, fm, left, 0.5 * tolerance, c);
    return first + unchecked(m, b, fm, fr, fb, right, 0.5 * tolerance, c);
}

void bench_run_unchecked(size_t batch, const void *const *in, void *const *out) {
    const double *c = in[0], *tolerance = in[1];
    double *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        double end = peak(1.0, c[i]), middle = peak(0.0, c[i]);
        result[i] = unchecked(-1.0, 1.0, end, middle, end, simpson(2.0, end, middle, end),
                              tolerance[i], c[i]);
    }
}
