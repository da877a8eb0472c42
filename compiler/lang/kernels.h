/* Helpers that meanings of operations call (ops_meaning.def). Plain C99: each one between blank
 * lines is pasted into the units that use it, so each stands alone but for earlier ones here.
 *
 * Functions of the C library are called through pointers whose value no compiler may assume:
 * otherwise it would fold calls on constants by arithmetic of its own, and bits would depend on
 * the compiler and on what is constant. */
#ifndef ABCC_LANG_KERNELS_H
#define ABCC_LANG_KERNELS_H

#include <math.h>
#include <stdint.h>

static double (*const volatile ab_libm_exp)(double) = exp;

static float (*const volatile ab_libm_expf)(float) = expf;

static double (*const volatile ab_libm_log)(double) = log;

static float (*const volatile ab_libm_logf)(float) = logf;

static double (*const volatile ab_libm_sin)(double) = sin;

static float (*const volatile ab_libm_sinf)(float) = sinf;

static double (*const volatile ab_libm_cos)(double) = cos;

static float (*const volatile ab_libm_cosf)(float) = cosf;

static double (*const volatile ab_libm_tan)(double) = tan;

static float (*const volatile ab_libm_tanf)(float) = tanf;

static double (*const volatile ab_libm_tanh)(double) = tanh;

static float (*const volatile ab_libm_tanhf)(float) = tanhf;

static double (*const volatile ab_libm_pow)(double, double) = pow;

static float (*const volatile ab_libm_powf)(float, float) = powf;

static inline __attribute__((unused)) uint32_t ab_bits_of_f32(float x)
{
    const union { float from; uint32_t to; } bits = {x};
    return bits.to;
}

static inline __attribute__((unused)) uint64_t ab_bits_of_f64(double x)
{
    const union { double from; uint64_t to; } bits = {x};
    return bits.to;
}

static inline __attribute__((unused)) float ab_f32_of_bits(uint32_t x)
{
    const union { uint32_t from; float to; } bits = {x};
    return bits.to;
}

static inline __attribute__((unused)) double ab_f64_of_bits(uint64_t x)
{
    const union { uint64_t from; double to; } bits = {x};
    return bits.to;
}

#endif
