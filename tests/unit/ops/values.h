/* Fingerprints of results; every nan counts as one. */
#include <math.h>

#include "gang.h"

static uint64_t bits_f64(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return x != x ? UINT64_C(0x7ff8000000000000) : u;
}

static uint64_t bits_f32(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x != x ? 0x7fc00000 : u;
}

static uint64_t add_bits(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * UINT64_C(0x100000001b3);
    return sum ^ sum >> 29;
}
