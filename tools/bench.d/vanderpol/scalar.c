/* SPDX-License-Identifier: MIT */
#include "../scalar.h"

/* The coefficients of samples/vanderpol.ab. */
static const double A21 = 1.0 / 5.0;
static const double A31 = 3.0 / 40.0;
static const double A32 = 9.0 / 40.0;
static const double A41 = 44.0 / 45.0;
static const double A42 = -56.0 / 15.0;
static const double A43 = 32.0 / 9.0;
static const double A51 = 19372.0 / 6561.0;
static const double A52 = -25360.0 / 2187.0;
static const double A53 = 64448.0 / 6561.0;
static const double A54 = -212.0 / 729.0;
static const double A61 = 9017.0 / 3168.0;
static const double A62 = -355.0 / 33.0;
static const double A63 = 46732.0 / 5247.0;
static const double A64 = 49.0 / 176.0;
static const double A65 = -5103.0 / 18656.0;
static const double B1 = 35.0 / 384.0;
static const double B3 = 500.0 / 1113.0;
static const double B4 = 125.0 / 192.0;
static const double B5 = -2187.0 / 6784.0;
static const double B6 = 11.0 / 84.0;
static const double E1 = 71.0 / 57600.0;
static const double E3 = -71.0 / 16695.0;
static const double E4 = 71.0 / 1920.0;
static const double E5 = -17253.0 / 339200.0;
static const double E6 = 22.0 / 525.0;
static const double E7 = -1.0 / 40.0;

static double slope(double mu, double x, double v) {
    return mu * (1.0 - x * x) * v - x;
}

static double clip(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

/* False where the language's assertions would fault. */
static bool vanderpol(double mu, double x, double v, double time, double tolerance, double *x_out,
                      double *v_out, int64_t *taken_out, int64_t *rejected_out) {
    if (!(tolerance > 0.0)) {
        return false;
    }
    double x1 = v, v1 = slope(mu, x, v);
    double t = 0.0, h = 0.01;
    int64_t taken = 0, rejected = 0;
    while (t < time) {
        if (taken + rejected >= 1000000) {
            return false;
        }
        bool last = t + h >= time;
        if (last) {
            h = time - t;
        }
        double px = x + h * A21 * x1, pv = v + h * A21 * v1;
        double x2 = pv, v2 = slope(mu, px, pv);
        px = x + h * (A31 * x1 + A32 * x2);
        pv = v + h * (A31 * v1 + A32 * v2);
        double x3 = pv, v3 = slope(mu, px, pv);
        px = x + h * (A41 * x1 + A42 * x2 + A43 * x3);
        pv = v + h * (A41 * v1 + A42 * v2 + A43 * v3);
        double x4 = pv, v4 = slope(mu, px, pv);
        px = x + h * (A51 * x1 + A52 * x2 + A53 * x3 + A54 * x4);
        pv = v + h * (A51 * v1 + A52 * v2 + A53 * v3 + A54 * v4);
        double x5 = pv, v5 = slope(mu, px, pv);
        px = x + h * (A61 * x1 + A62 * x2 + A63 * x3 + A64 * x4 + A65 * x5);
        pv = v + h * (A61 * v1 + A62 * v2 + A63 * v3 + A64 * v4 + A65 * v5);
        double x6 = pv, v6 = slope(mu, px, pv);
        double nx = x + h * (B1 * x1 + B3 * x3 + B4 * x4 + B5 * x5 + B6 * x6);
        double nv = v + h * (B1 * v1 + B3 * v3 + B4 * v4 + B5 * v5 + B6 * v6);
        double x7 = nv, v7 = slope(mu, nx, nv);
        double ex = h * (E1 * x1 + E3 * x3 + E4 * x4 + E5 * x5 + E6 * x6 + E7 * x7);
        double ev = h * (E1 * v1 + E3 * v3 + E4 * v4 + E5 * v5 + E6 * v6 + E7 * v7);
        double wx = ex / (tolerance * (1.0 + fabs(nx))), wv = ev / (tolerance * (1.0 + fabs(nv)));
        double error = sqrt(0.5 * (wx * wx + wv * wv));
        if (error <= 1.0) {
            t = last ? time : t + h;
            x = nx;
            v = nv;
            x1 = x7;
            v1 = v7;
            taken++;
        } else {
            rejected++;
        }
        h *= clip(0.9 * pow(error, -0.2), 0.2, 5.0);
    }
    *x_out = x;
    *v_out = v;
    *taken_out = taken;
    *rejected_out = rejected;
    return true;
}

void bench_run(size_t batch, const void *const *in, void *const *out) {
    const double *mu = in[0], *x = in[1], *v = in[2], *time = in[3], *tolerance = in[4];
    double *x_out = out[0], *v_out = out[1];
    int64_t *taken = out[2], *rejected = out[3];
    for (size_t i = 0; i < batch; i++) {
        vanderpol(mu[i], x[i], v[i], time[i], tolerance[i], &x_out[i], &v_out[i], &taken[i],
                  &rejected[i]);
    }
}
