/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

static double simpson(double width, double fa, double fm, double fb) {
    return width / 6.0 * (fa + fb + 4.0 * fm);
}

static double bell(double x) {
    return exp(-0.5 * x * x);
}

static double between(double a, double b, double fa, double fm, double fb, double coarse,
                      double tolerance, uint32_t depth, struct depth_check *check) {
    double m = 0.5 * (a + b);
    double fl = bell(0.5 * (a + m)), fr = bell(0.5 * (m + b));
    double left = simpson(m - a, fa, fl, fm), right = simpson(b - m, fm, fr, fb);
    double change = left + right - coarse;
    if (fabs(change) <= 15.0 * tolerance) {
        return left + right + change / 15.0;
    }
    if (too_deep(check, depth)) {
        return 0;
    }
    double first = between(a, m, fa, fl, fm, left, 0.5 * tolerance, depth + 1, check);
    return first + between(m, b, fm, fr, fb, right, 0.5 * tolerance, depth + 1, check);
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const double *a = in[0], *b = in[1], *tolerance = in[2];
    double *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        struct depth_check check = {.limit = 64};
        double fa = bell(a[i]), fm = bell(0.5 * (a[i] + b[i])), fb = bell(b[i]);
        double value = between(a[i], b[i], fa, fm, fb, simpson(b[i] - a[i], fa, fm, fb),
                               tolerance[i], 0, &check);
        if (!check.fault) {
            result[i] = value;
        }
    }
}

static double unchecked(double a, double b, double fa, double fm, double fb, double coarse,
                        double tolerance) {
    double m = 0.5 * (a + b);
    double fl = bell(0.5 * (a + m)), fr = bell(0.5 * (m + b));
    double left = simpson(m - a, fa, fl, fm), right = simpson(b - m, fm, fr, fb);
    double change = left + right - coarse;
    if (fabs(change) <= 15.0 * tolerance) {
        return left + right + change / 15.0;
    }
    double first = unchecked(a, m, fa, fl, fm, left, 0.5 * tolerance);
    return first + unchecked(m, b, fm, fr, fb, right, 0.5 * tolerance);
}

void bench_run_unchecked(size_t batch, const void *const *in, void *const *out) {
    const double *a = in[0], *b = in[1], *tolerance = in[2];
    double *result = out[0];
    for (size_t i = 0; i < batch; i++) {
        double fa = bell(a[i]), fm = bell(0.5 * (a[i] + b[i])), fb = bell(b[i]);
        result[i] = unchecked(a[i], b[i], fa, fm, fb, simpson(b[i] - a[i], fa, fm, fb),
                              tolerance[i]);
    }
}
