/* The types of a gang: AB_LANES examples side by side, and masks with one bit a lane.
 *
 * One emitted text compiles over two forms of these types: clang vectors (AB_VECTORS 1: clang >= 16
 * and a multiple of 8 lanes), and arrays of lanes (any C99 compiler, any width from 1 to 64, and what
 * the sanitizers can see into). Both give the same bits.
 *
 * Every load, store, gather and scatter that may touch memory of lanes that are not in the mask only
 * does so inside the workspace; arrays of the caller are touched for lanes in the mask only. */
#ifndef AB_GANG_H
#define AB_GANG_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
#define AB_INLINE static inline __attribute__((always_inline, unused))
#define AB_COLD static __attribute__((noinline, unused))
#define AB_UNLIKELY(x) __builtin_expect((x) != 0, 0)
#else
#define AB_INLINE static inline
#define AB_COLD static
#define AB_UNLIKELY(x) (x)
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

AB_INLINE mask mask_not(mask m)
{
    return (mask)(AB_FULL & (mask)~m);
}

AB_INLINE mask mask_and_not(mask a, mask b)
{
    return (mask)(a & (mask)~b);
}

AB_INLINE mask mask_select(mask m, mask yes, mask no)
{
    return (mask)(no ^ (m & (yes ^ no)));
}

AB_INLINE unsigned mask_count(mask m)
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
AB_INLINE unsigned mask_first(mask m)
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

/* for (lanes of m, ascending) */
#define AB_EACH_LANE(lane, m)                                                                      \
    for (uint64_t lane##_left = (m), lane = 0;                                                     \
         lane##_left && (lane = mask_first((mask)lane##_left), 1); lane##_left &= lane##_left - 1)

/* ---- lane types ------------------------------------------------------------------------------ */

#if AB_VECTORS

/* All functions here are inlined: how vectors are passed does not matter. */
#pragma clang diagnostic ignored "-Wpsabi"
typedef _Bool v_bits __attribute__((ext_vector_type(AB_LANES)));

AB_INLINE v_bits ab_bits(mask m)
{
    v_bits bits;
    memcpy(&bits, &m, sizeof m);
    return bits;
}

AB_INLINE mask ab_mask(v_bits bits)
{
    mask m;
    memcpy(&m, &bits, sizeof m);
    return m;
}

/* A comparison of vectors as a mask, and a choice by a mask. A vector `?:` tests the sign bit while a
 * converted bool is +1: hence the negation. */
#define M(comparison) ab_mask(__builtin_convertvector((comparison), v_bits))
#define SEL(m, yes, no)                                                                            \
    (-__builtin_convertvector(ab_bits(m), __typeof__((yes) == (no))) ? (yes) : (no))

#define AB_LANE_TYPE(dt, type)                                                                     \
    typedef type v_##dt __attribute__((ext_vector_type(AB_LANES)));                                \
    AB_INLINE type lane_##dt(v_##dt v, unsigned lane)                                              \
    {                                                                                              \
        return v[lane];                                                                            \
    }                                                                                              \
    AB_INLINE v_##dt splat_##dt(type value)                                                        \
    {                                                                                              \
        return (v_##dt)(value);                                                                    \
    }                                                                                              \
    AB_INLINE v_##dt ld_##dt(const type *home)                                                     \
    {                                                                                              \
        v_##dt v;                                                                                  \
        memcpy(&v, home, sizeof v);                                                                \
        return v;                                                                                  \
    }                                                                                              \
    AB_INLINE void st_##dt(mask m, type *home, v_##dt v)                                           \
    {                                                                                              \
        v_##dt old = ld_##dt(home);                                                                \
        v = SEL(m, v, old);                                                                        \
        memcpy(home, &v, sizeof v);                                                                \
    }

#else

#define AB_LANE_TYPE(dt, type)                                                                     \
    typedef struct {                                                                               \
        type at[AB_LANES];                                                                         \
    } v_##dt;                                                                                      \
    AB_INLINE type lane_##dt(v_##dt v, unsigned lane)                                              \
    {                                                                                              \
        return v.at[lane];                                                                         \
    }                                                                                              \
    AB_INLINE v_##dt splat_##dt(type value)                                                        \
    {                                                                                              \
        v_##dt v;                                                                                  \
        for (unsigned lane = 0; lane < AB_LANES; lane++)                                           \
            v.at[lane] = value;                                                                    \
        return v;                                                                                  \
    }                                                                                              \
    AB_INLINE v_##dt ld_##dt(const type *home)                                                     \
    {                                                                                              \
        v_##dt v;                                                                                  \
        memcpy(v.at, home, sizeof v.at);                                                           \
        return v;                                                                                  \
    }                                                                                              \
    AB_INLINE void st_##dt(mask m, type *home, v_##dt v)                                           \
    {                                                                                              \
        for (unsigned lane = 0; lane < AB_LANES; lane++)                                           \
            if (m >> lane & 1)                                                                     \
                home[lane] = v.at[lane];                                                           \
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

/* A bool value is a mask; its home is one mask too. */
AB_INLINE mask ld_bool(const mask *home)
{
    return *home;
}

AB_INLINE void st_bool(mask m, mask *home, mask v)
{
    *home = mask_select(m, v, *home);
}

/* ---- rows of a stack: word [depth][lane], each lane at a depth of its own --------------------- */

/* ---- arrays of the caller: element id * stride for each lane in the mask --------------------- */

#define AB_LANE_MEMORY(dt, type)                                                                   \
    /* Lanes not in the mask read row 0, which is always there. */                                 \
    AB_INLINE v_##dt pop_##dt(mask m, const type (*rows)[AB_LANES], const int32_t *depth)          \
    {                                                                                              \
        type lanes[AB_LANES];                                                                      \
        for (unsigned lane = 0; lane < AB_LANES; lane++)                                           \
            lanes[lane] = rows[m >> lane & 1 ? depth[lane] : 0][lane];                             \
        return ld_##dt(lanes);                                                                     \
    }                                                                                              \
    AB_INLINE void push_##dt(mask m, type (*rows)[AB_LANES], const int32_t *depth, v_##dt v)       \
    {                                                                                              \
        AB_EACH_LANE(lane, m)                                                                      \
            rows[depth[lane]][lane] = lane_##dt(v, (unsigned)lane);                                \
    }                                                                                              \
    /* Fills the homes of the lanes in m from the caller's array. */                               \
    AB_INLINE void take_##dt(mask m, type *home, const void *array, size_t stride,                 \
                             const uint64_t *id)                                                   \
    {                                                                                              \
        const type *from = (const type *)array;                                                    \
        AB_EACH_LANE(lane, m)                                                                      \
            home[lane] = from[id[lane] * stride];                                                  \
    }                                                                                              \
    AB_INLINE void give_##dt(mask m, const type *home, void *array, const uint64_t *id)            \
    {                                                                                              \
        type *to = (type *)array;                                                                  \
        AB_EACH_LANE(lane, m)                                                                      \
            to[id[lane]] = home[lane];                                                             \
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

AB_INLINE mask pop_bool(mask m, const uint8_t (*rows)[AB_LANES], const int32_t *depth)
{
    mask v = 0;
    AB_EACH_LANE(lane, m)
        v |= (mask)((mask)rows[depth[lane]][lane] << lane);
    return v;
}

AB_INLINE void push_bool(mask m, uint8_t (*rows)[AB_LANES], const int32_t *depth, mask v)
{
    AB_EACH_LANE(lane, m)
        rows[depth[lane]][lane] = v >> lane & 1;
}

AB_INLINE void take_bool(mask m, mask *home, const void *array, size_t stride, const uint64_t *id)
{
    const uint8_t *from = (const uint8_t *)array;
    AB_EACH_LANE(lane, m)
        *home = mask_select((mask)((mask)1 << lane), from[id[lane] * stride] ? AB_FULL : 0, *home);
}

AB_INLINE void give_bool(mask m, const mask *home, void *array, const uint64_t *id)
{
    uint8_t *to = (uint8_t *)array;
    AB_EACH_LANE(lane, m)
        to[id[lane]] = *home >> lane & 1;
}

/* ---- depth and return sites of a recursive cycle ---------------------------------------------- */

AB_INLINE mask depth_below(const int32_t *depth, int32_t limit)
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

/* Adds to the depth of the lanes in m. */
AB_INLINE void depth_add(mask m, int32_t *depth, int32_t step)
{
#if AB_VECTORS
    st_i32(m, depth, ld_i32(depth) + step);
#else
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        depth[lane] += m >> lane & 1 ? step : 0;
#endif
}

#endif
