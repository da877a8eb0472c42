/* SPDX-License-Identifier: MIT-0
 *
 * The types of a gang: AB_LANES examples side by side, and masks with one bit a lane.
 *
 * One emitted text compiles over two forms of these types: clang vectors (AB_VECTORS 1: clang >= 16
 * and a multiple of 8 lanes), and arrays of lanes (any C99 compiler, any width from 1 to 64, and what
 * the sanitizers can see into). Both give the same bits.
 *
 * Every load, store, gather and scatter that may touch memory of lanes that are not in the mask only
 * does so inside the workspace; arrays of the caller are touched for lanes in the mask only. */
#ifndef AB_GANG_H
#define AB_GANG_H

#include "abwork.h"

#ifndef AB_LANES
#error "define AB_LANES, the number of lanes of a gang, before gang.h"
#endif
#if AB_LANES < 1 || AB_LANES > 64
#error "AB_LANES must be in 1..64"
#endif

#if !defined(AB_VECTORS)
#if defined(__clang__) && !defined(AB_ARRAYS) && AB_LANES % 8 == 0
#if __clang_major__ >= 16
#define AB_VECTORS 1
#endif
#endif
#endif
#if !defined(AB_VECTORS)
#define AB_VECTORS 0
#endif

#if defined(__GNUC__)
#define GANG_INLINE static inline __attribute__((always_inline, unused))
#define GANG_COLD static __attribute__((noinline, unused))
#define GANG_UNLIKELY(x) __builtin_expect((x) != 0, 0)
#else
#define GANG_INLINE static inline
#define GANG_COLD static
#define GANG_UNLIKELY(x) (x)
#endif

/* An operation of many steps, each a loop over the lanes where there are no vectors: copies of it
   at every use cost compilers minutes. */
#if AB_VECTORS
#define GANG_BODY GANG_INLINE
#else
#define GANG_BODY GANG_COLD
#endif

/* What a value is given on a path that a unit never takes need not be read. */
#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif

/* ---- masks: bits at and above AB_LANES are always 0 ------------------------------------------ */

#if AB_LANES <= 8
typedef uint8_t mask;
#elif AB_LANES <= 16
typedef uint16_t mask;
#elif AB_LANES <= 32
typedef uint32_t mask;
#else
typedef uint64_t mask;
#endif

#define AB_FULL ((mask)(~UINT64_C(0) >> (64 - AB_LANES)))

GANG_INLINE mask mask_not(mask m)
{
    return (mask)(AB_FULL & (mask)~m);
}

GANG_INLINE mask mask_and_not(mask a, mask b)
{
    return (mask)(a & (mask)~b);
}

GANG_INLINE mask mask_select(mask m, mask yes, mask no)
{
    return (mask)(no ^ (m & (yes ^ no)));
}

GANG_INLINE unsigned mask_count(mask m)
{
#if defined(__GNUC__) && !defined(__TINYC__)
    return sizeof m == 8 ? (unsigned)__builtin_popcountll(m) : (unsigned)__builtin_popcount((unsigned)m);
#else
    unsigned count = 0;
    for (uint64_t bits = m; bits; bits &= bits - 1)
        count++;
    return count;
#endif
}

/* The least lane of a mask that is not empty. */
GANG_INLINE unsigned mask_first(mask m)
{
#if defined(__GNUC__) && !defined(__TINYC__)
    return (unsigned)__builtin_ctzll(m);
#else
    unsigned lane = 0;
    while (!((uint64_t)m >> lane & 1))
        lane++;
    return lane;
#endif
}

/* The last lane of a mask that is not empty. */
GANG_INLINE unsigned mask_last(mask m)
{
    unsigned lane = 0;
    for (uint64_t bits = m; bits >>= 1;)
        lane++;
    return lane;
}

/* for (lanes of m, ascending) */
#define AB_EACH(lane, m) \
    for (uint64_t lane##_left = (m), lane = 0; \
         lane##_left && (lane = mask_first((mask)lane##_left), 1); lane##_left &= lane##_left - 1)

/* ---- lane types ------------------------------------------------------------------------------ */

#if AB_VECTORS

/* All functions here are inlined: how vectors are passed does not matter. */
#pragma clang diagnostic ignored "-Wpsabi"
typedef _Bool v_bits __attribute__((ext_vector_type(AB_LANES)));

/* Without the barrier, which costs no instruction, clang 19's selection of AVX-512 instructions does
 * not end where masks that selects use are combined across blocks. */
GANG_INLINE v_bits ab_bits(mask m)
{
    v_bits bits;
#if defined(__AVX512BW__) && defined(__AVX512DQ__)
    __asm__("" : "+Yk"(m));
#endif
    memcpy(&bits, &m, sizeof m);
    return bits;
}

GANG_INLINE mask ab_mask(v_bits bits)
{
    mask m;
    memcpy(&m, &bits, sizeof m);
    return m;
}

/* A comparison of vectors as a mask, and a choice by a mask. A vector `?:` tests the sign bit while a
 * converted bool is +1: hence the negation. */
#define M(comparison) ab_mask(__builtin_convertvector((comparison), v_bits))
#define SEL(m, yes, no) \
    (-__builtin_convertvector(ab_bits(m), __typeof__((yes) == (no))) ? (yes) : (no))

#define AB_LANE_TYPE(dt, type) \
    typedef type v_##dt __attribute__((ext_vector_type(AB_LANES))); \
    GANG_INLINE type lane_##dt(v_##dt v, uint64_t lane) \
    { \
        return v[lane]; \
    } \
    GANG_INLINE v_##dt splat_##dt(type value) \
    { \
        return (v_##dt)(value); \
    } \
    GANG_INLINE v_##dt ld_##dt(const type *home) \
    { \
        v_##dt v; \
        memcpy(&v, home, sizeof v); \
        return v; \
    } \
    GANG_INLINE void st_##dt(mask m, type *home, v_##dt v) \
    { \
        v_##dt old = ld_##dt(home); \
        v = SEL(m, v, old); \
        memcpy(home, &v, sizeof v); \
    }

#else

/* A whole number of 8 bytes: tcc 0.9.27 writes so much when a function returns a struct of up to 16. */
#define AB_ROOM(type) ((AB_LANES * sizeof(type) + 7) / 8 * 8 / sizeof(type))

#define AB_LANE_TYPE(dt, type) \
    typedef struct { \
        type at[AB_ROOM(type)]; \
    } v_##dt; \
    GANG_INLINE type lane_##dt(v_##dt v, uint64_t lane) \
    { \
        return v.at[lane]; \
    } \
    GANG_INLINE v_##dt splat_##dt(type value) \
    { \
        v_##dt v; \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            v.at[lane] = value; \
        return v; \
    } \
    GANG_INLINE v_##dt ld_##dt(const type *home) \
    { \
        v_##dt v; \
        memcpy(v.at, home, AB_LANES * sizeof(type)); \
        return v; \
    } \
    GANG_INLINE void st_##dt(mask m, type *home, v_##dt v) \
    { \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            if (m >> lane & 1) \
                home[lane] = v.at[lane]; \
    }

#endif

AB_LANE_TYPE(i8, int8_t)
AB_LANE_TYPE(i16, int16_t)
AB_LANE_TYPE(i32, int32_t)
AB_LANE_TYPE(i64, int64_t)
AB_LANE_TYPE(u8, uint8_t)
AB_LANE_TYPE(u16, uint16_t)
AB_LANE_TYPE(u32, uint32_t)
AB_LANE_TYPE(u64, uint64_t)
AB_LANE_TYPE(f32, float)
AB_LANE_TYPE(f64, double)

/* ---- integer division: exact, by division of doubles ------------------------------------------ */

#if AB_VECTORS
/* Quotient of magnitudes, y > 0. The first estimate is made a little too small (by more than its
 * rounding errors, 4 * 2**-53), so the rest stays positive; the second one is at most 1 too small. */
GANG_INLINE v_u64 gang_quotient(v_u64 x, v_u64 y, v_u64 *rest)
{
    const double less = 0x1.ffffffffffff8p-1;
    const v_f64 inverse = less / __builtin_convertvector(y, v_f64);
    v_u64 quotient = __builtin_convertvector(__builtin_convertvector(x, v_f64) * inverse, v_u64);
    v_u64 left = x - quotient * y;
    const v_u64 more = __builtin_convertvector(__builtin_convertvector(left, v_f64) * inverse, v_u64);
    left -= more * y;
    quotient += more;
    *rest = left >= y ? left - y : left;
    return left >= y ? quotient + 1 : quotient;
}

#define AB_DIVIDE static inline __attribute__((always_inline, unused, overloadable))

AB_DIVIDE v_u64 gang_floordiv(v_u64 x, v_u64 y)
{
    v_u64 rest;
    const v_u64 quotient = gang_quotient(x, y == 0 ? (v_u64)(1) : y, &rest);
    return y == 0 ? (v_u64)(0) : quotient;
}

AB_DIVIDE v_u64 gang_mod(v_u64 x, v_u64 y)
{
    v_u64 rest;
    gang_quotient(x, y == 0 ? (v_u64)(1) : y, &rest);
    return y == 0 ? (v_u64)(0) : rest;
}

AB_DIVIDE v_i64 gang_floordiv(v_i64 x, v_i64 y)
{
    const v_u64 size_x = x < 0 ? 0 - (v_u64)x : (v_u64)x, size_y = y < 0 ? 0 - (v_u64)y : (v_u64)y;
    v_u64 rest;
    v_u64 quotient = gang_quotient(size_x, y == 0 ? (v_u64)(1) : size_y, &rest);
    const v_u64 down = 0 - (rest != 0 ? quotient + 1 : quotient);
    quotient = (x ^ y) < 0 ? down : quotient;
    return y == 0 ? (v_i64)(0) : (v_i64)quotient;
}

AB_DIVIDE v_i64 gang_mod(v_i64 x, v_i64 y)
{
    const v_u64 size_x = x < 0 ? 0 - (v_u64)x : (v_u64)x, size_y = y < 0 ? 0 - (v_u64)y : (v_u64)y;
    v_u64 rest;
    gang_quotient(size_x, y == 0 ? (v_u64)(1) : size_y, &rest);
    rest = ((x ^ y) < 0) & (v_i64)(rest != 0) ? size_y - rest : rest;
    rest = y < 0 ? 0 - rest : rest;
    return y == 0 ? (v_i64)(0) : (v_i64)rest;
}

/* Narrower integers by the wide form. */
#define AB_DIVIDE_NARROW(dt) \
    AB_DIVIDE v_##dt gang_floordiv(v_##dt x, v_##dt y) \
    { \
        return __builtin_convertvector(gang_floordiv(__builtin_convertvector(x, v_i64), \
                                                     __builtin_convertvector(y, v_i64)), \
                                       v_##dt); \
    } \
    AB_DIVIDE v_##dt gang_mod(v_##dt x, v_##dt y) \
    { \
        return __builtin_convertvector( \
            gang_mod(__builtin_convertvector(x, v_i64), __builtin_convertvector(y, v_i64)), \
            v_##dt); \
    }
AB_DIVIDE_NARROW(i8)
AB_DIVIDE_NARROW(i16)
AB_DIVIDE_NARROW(i32)
AB_DIVIDE_NARROW(u8)
AB_DIVIDE_NARROW(u16)
AB_DIVIDE_NARROW(u32)
#endif

/* A constant that the compiler does not know: see gang_choice in the compiler's piece_expr.c. */
#if AB_VECTORS
#define AB_HIDDEN(dt, type) \
    GANG_INLINE v_##dt hidden_##dt(type value) \
    { \
        __asm__("" : "+r"(value)); \
        return splat_##dt(value); \
    }
#else
#define AB_HIDDEN(dt, type) \
    GANG_INLINE v_##dt hidden_##dt(type value) \
    { \
        return splat_##dt(value); \
    }
#endif
AB_HIDDEN(i8, int8_t)
AB_HIDDEN(i16, int16_t)
AB_HIDDEN(i32, int32_t)
AB_HIDDEN(i64, int64_t)
AB_HIDDEN(u8, uint8_t)
AB_HIDDEN(u16, uint16_t)
AB_HIDDEN(u32, uint32_t)
AB_HIDDEN(u64, uint64_t)

/* A bool value is a mask; its home is one mask too. */
GANG_INLINE mask ld_bool(const mask *home)
{
    return *home;
}

GANG_INLINE void st_bool(mask m, mask *home, mask v)
{
    *home = mask_select(m, v, *home);
}

/* ---- rows of a stack: word [depth][lane], each lane at a depth of its own --------------------- */

/* ---- arrays of the caller: element id * stride for each lane in the mask --------------------- */

/* Examples are taken in ascending order, so the new ones of an array with stride 1 lie side by side:
 * one expanding load for 8 or 16 lanes. Stores of single lanes would keep the vector load that
 * follows waiting. */
#if AB_VECTORS && defined(__AVX512F__)
/* The compiler's own names: its header of intrinsics would double the time to compile a unit. */
typedef long long ab_8x64 __attribute__((vector_size(64), may_alias));
typedef int ab_16x32 __attribute__((vector_size(64), may_alias));
#define AB_EXPANDS(type) (sizeof(type) >= 4)
GANG_INLINE void expand_8_bytes(mask m, void *home, const void *from)
{
    const long long *next = (const long long *)from;
    for (unsigned lane = 0; lane < AB_LANES; lane += 8) {
        const uint8_t group = (uint8_t)((uint64_t)m >> lane);
        ab_8x64 lanes;
        if (group == 0)
            continue;
        memcpy(&lanes, (long long *)home + lane, sizeof lanes);
        lanes = __builtin_ia32_expandloaddi512_mask((const ab_8x64 *)next, lanes, group);
        memcpy((long long *)home + lane, &lanes, sizeof lanes);
        next += mask_count((mask)group);
    }
}
#if AB_LANES % 16 == 0
GANG_INLINE void expand_4_bytes(mask m, void *home, const void *from)
{
    const int *next = (const int *)from;
    for (unsigned lane = 0; lane < AB_LANES; lane += 16) {
        const uint16_t group = (uint16_t)((uint64_t)m >> lane);
        ab_16x32 lanes;
        if (group == 0)
            continue;
        memcpy(&lanes, (int *)home + lane, sizeof lanes);
        lanes = __builtin_ia32_expandloadsi512_mask((const ab_16x32 *)next, lanes, group);
        memcpy((int *)home + lane, &lanes, sizeof lanes);
        next += mask_count((mask)group);
    }
}
#else
GANG_INLINE void expand_4_bytes(mask m, void *home, const void *from)
{
    const int *next = (const int *)from;
    AB_EACH(lane, m)
        ((int *)home)[lane] = *next++;
}
#endif
#define AB_EXPAND(dt, type) \
    GANG_INLINE void expand_##dt(mask m, type *home, const type *from) \
    { \
        if (sizeof(type) == 8) \
            expand_8_bytes(m, home, from); \
        else \
            expand_4_bytes(m, home, from); \
    }
#else
#define AB_EXPANDS(type) 0
#define AB_EXPAND(dt, type) \
    GANG_INLINE void expand_##dt(mask m, type *home, const type *from) \
    { \
        AB_EACH(lane, m) \
            home[lane] = *from++; \
    }
#endif

#define AB_LANE_MEMORY(dt, type) \
    AB_EXPAND(dt, type) \
    /* Lanes not in the mask read row 0, which is always there. */ \
    GANG_INLINE v_##dt pop_##dt(mask m, type (*rows)[AB_LANES], const int32_t *depth) \
    { \
        type lanes[AB_LANES]; \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            lanes[lane] = rows[m >> lane & 1 ? depth[lane] : 0][lane]; \
        return ld_##dt(lanes); \
    } \
    GANG_INLINE void push_##dt(mask m, type (*rows)[AB_LANES], const int32_t *depth, v_##dt v) \
    { \
        AB_EACH(lane, m) \
            rows[depth[lane]][lane] = lane_##dt(v, lane); \
    } \
    /* Fills the homes of the lanes in m from the caller's array. */ \
    GANG_INLINE void take_##dt(mask m, type *home, const void *array, size_t stride, \
                               const uint64_t *id) \
    { \
        const type *from = (const type *)array; \
        if (AB_EXPANDS(type) && stride == 1 && m) \
            expand_##dt(m, home, from + id[mask_first(m)]); \
        else \
            AB_EACH(lane, m) \
                home[lane] = from[id[lane] * stride]; \
    }

AB_LANE_MEMORY(i8, int8_t)
AB_LANE_MEMORY(i16, int16_t)
AB_LANE_MEMORY(i32, int32_t)
AB_LANE_MEMORY(i64, int64_t)
AB_LANE_MEMORY(u8, uint8_t)
AB_LANE_MEMORY(u16, uint16_t)
AB_LANE_MEMORY(u32, uint32_t)
AB_LANE_MEMORY(u64, uint64_t)
AB_LANE_MEMORY(f32, float)
AB_LANE_MEMORY(f64, double)

/* Results of the lanes in m to the caller's array. */
#define AB_LANE_RESULT(dt, type, canonical) \
    GANG_INLINE void give_##dt(mask m, const type *home, void *array, const uint64_t *id) \
    { \
        type *to = (type *)array; \
        AB_EACH(lane, m) \
            to[id[lane]] = canonical(home[lane]); \
    }

AB_LANE_RESULT(i8, int8_t, )
AB_LANE_RESULT(i16, int16_t, )
AB_LANE_RESULT(i32, int32_t, )
AB_LANE_RESULT(i64, int64_t, )
AB_LANE_RESULT(u8, uint8_t, )
AB_LANE_RESULT(u16, uint16_t, )
AB_LANE_RESULT(u32, uint32_t, )
AB_LANE_RESULT(u64, uint64_t, )
AB_LANE_RESULT(f32, float, ab_canonical_f32)
AB_LANE_RESULT(f64, double, ab_canonical_f64)

GANG_INLINE mask pop_bool(mask m, uint8_t (*rows)[AB_LANES], const int32_t *depth)
{
    mask v = 0;
    AB_EACH(lane, m)
        v |= (mask)((mask)rows[depth[lane]][lane] << lane);
    return v;
}

GANG_INLINE void push_bool(mask m, uint8_t (*rows)[AB_LANES], const int32_t *depth, mask v)
{
    AB_EACH(lane, m)
        rows[depth[lane]][lane] = v >> lane & 1;
}

GANG_INLINE void take_bool(mask m, mask *home, const void *array, size_t stride, const uint64_t *id)
{
    const uint8_t *from = (const uint8_t *)array;
    AB_EACH(lane, m)
        *home = mask_select((mask)((mask)1 << lane), from[id[lane] * stride] ? AB_FULL : 0, *home);
}

GANG_INLINE void give_bool(mask m, const mask *home, void *array, const uint64_t *id)
{
    uint8_t *to = (uint8_t *)array;
    AB_EACH(lane, m)
        to[id[lane]] = *home >> lane & 1;
}

/* ---- depth and return sites of a recursive cycle ---------------------------------------------- */

GANG_INLINE mask depth_below(const int32_t *depth, int32_t limit)
{
#if AB_VECTORS
    return M(ld_i32(depth) < limit);
#else
    mask m = 0;
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        m |= (mask)((mask)(depth[lane] < limit) << lane);
    return m;
#endif
}

/* Sets the depth of the lanes in m to 0: a call from outside the cycle. */
GANG_INLINE void depth_reset(mask m, int32_t *depth)
{
    st_i32(m, depth, splat_i32(0));
}

/* Adds to the depth of the lanes in m. */
GANG_INLINE void depth_add(mask m, int32_t *depth, int32_t step)
{
#if AB_VECTORS
    st_i32(m, depth, ld_i32(depth) + step);
#else
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        depth[lane] += m >> lane & 1 ? step : 0;
#endif
}

/* Lanes whose return site is `site`. */
#if AB_VECTORS
#define AB_SITE_IS(dt, type) \
    GANG_INLINE mask site_is_##dt(v_##dt sites, type site) \
    { \
        return M(sites == site); \
    }
#else
#define AB_SITE_IS(dt, type) \
    GANG_INLINE mask site_is_##dt(v_##dt sites, type site) \
    { \
        mask m = 0; \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            m |= (mask)((mask)(sites.at[lane] == site) << lane); \
        return m; \
    }
#endif
AB_SITE_IS(u8, uint8_t)
AB_SITE_IS(u16, uint16_t)

/* batch_index(): the identity of the example in each lane. */
GANG_INLINE v_i64 lane_index(const ab_call *call, const uint64_t *id)
{
    int64_t lanes[AB_LANES];
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        lanes[lane] = (int64_t)(call->first + id[lane]);
    return ld_i64(lanes);
}

/* The next examples, ascending, for the idle lanes, ascending; gives the lanes that got one. */
GANG_INLINE mask take_ids(mask idle, uint64_t *id, uint64_t *next, uint64_t batch)
{
    mask taken = idle;
    while (mask_count(taken) > batch - *next) /* the last examples: the first lanes get them */
        taken &= (mask) ~((mask)1 << (mask_last(taken)));
#if AB_VECTORS && defined(__AVX512F__)
    uint64_t following[AB_LANES];
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        following[lane] = *next + lane;
    expand_8_bytes(taken, id, following);
#else
    uint64_t following = *next;
    AB_EACH(lane, taken)
        id[lane] = following++;
#endif
    *next += mask_count(taken);
    return taken;
}

/* ---- native loops ------------------------------------------------------------------------------ */

#define AB_STRIP 32 /* iterations between two looks at fuel, with idle lanes parked in between */
#define AB_FUEL 128 /* strips a visit, less one */

#define AB_COUNT(counter, m) (counter[0]++, counter[1] += mask_count(m))

/* ---- faults ----------------------------------------------------------------------------------- */

GANG_COLD void ab_fault_lanes(mask m, uint32_t fault, const uint64_t *id, struct ab_head *head,
                            const ab_call *call)
{
    AB_EACH(lane, m)
        ab_finish(head, call, id[lane], fault);
}

GANG_INLINE void ab_finish_lanes(mask m, const uint64_t *id, struct ab_head *head,
                                 const ab_call *call)
{
    head->done += mask_count(m);
    if (call->fault)
        AB_EACH(lane, m)
            call->fault[id[lane]] = 0;
}

/* Lanes of m that are not in `ok` end with a fault and leave m. */
#define AB_CHECK(m, ok, fault) \
    do { \
        mask bad = mask_and_not(m, ok); \
        if (GANG_UNLIKELY(bad)) { \
            m = mask_and_not(m, bad); \
            ab_fault_lanes(bad, fault, s->id, &s->head, call); \
        } \
    } while (0)

#endif
