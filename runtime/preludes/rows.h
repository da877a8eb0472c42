/* SPDX-License-Identifier: MIT-0
 *
 * Tensors of a gang. A tensor is a row of elements for each lane: double x[AB_LANES][N],
 * elements in row-major order. Rows are moved whole, for the lanes in a mask; single elements
 * are gathered and scattered by an index for each lane.
 *
 * No row of a lane that is not in the mask is written. What a gather gives to lanes that are not
 * in the mask may be anything. */
#ifndef AB_ROWS_H
#define AB_ROWS_H

#include "gang.h"

#include <stdbool.h>

/* ---- whole rows ------------------------------------------------------------------------------ */

/* `to_row` and `from_row` are the bytes from one lane's row to the next one's. */
GANG_INLINE void rows_copy(mask m, void *to, size_t to_row, const void *from, size_t from_row,
                           size_t bytes)
{
    AB_EACH(lane, m)
        memcpy((char *)to + lane * to_row, (const char *)from + lane * from_row, bytes);
}

/* To and from frames [depth][lane], each lane at a depth of its own. */
GANG_INLINE void rows_push(mask m, void *frames, size_t frame_row, const int32_t *depth,
                           const void *from, size_t from_row, size_t bytes)
{
    AB_EACH(lane, m)
        memcpy((char *)frames + ((size_t)depth[lane] * AB_LANES + lane) * frame_row,
               (const char *)from + lane * from_row, bytes);
}

GANG_INLINE void rows_pop(mask m, void *to, size_t to_row, const void *frames, size_t frame_row,
                          const int32_t *depth, size_t bytes)
{
    AB_EACH(lane, m)
        memcpy((char *)to + lane * to_row,
               (const char *)frames + ((size_t)depth[lane] * AB_LANES + lane) * frame_row, bytes);
}

/* Between tensors of which one or both are kept by columns: [element][lane]. `lane` and
 * `element`: steps from one to the next, in elements. */
#define AB_COLUMNS_OF(dt, type, canonical) \
    GANG_INLINE void rows_turn_##dt(mask m, type *to, size_t to_lane, size_t to_element, \
                                    const type *from, size_t from_lane, size_t from_element, \
                                    size_t count) \
    { \
        AB_EACH(lane, m) \
            for (size_t i = 0; i < count; i++) \
                to[lane * to_lane + i * to_element] = from[lane * from_lane + i * from_element]; \
    } \
    GANG_INLINE void columns_copy_##dt(mask m, type *to, const type *from, size_t count) \
    { \
        for (size_t i = 0; i < count; i++) \
            st_##dt(m, to + i * AB_LANES, ld_##dt(from + i * AB_LANES)); \
    } \
    GANG_INLINE void columns_take_##dt(mask m, type *home, const void *array, size_t stride, \
                                       const uint64_t *id, size_t count) \
    { \
        AB_EACH(lane, m) \
            for (size_t i = 0; i < count; i++) \
                home[i * AB_LANES + lane] = ((const type *)array)[id[lane] * stride + i]; \
    } \
    GANG_INLINE void columns_give_##dt(mask m, const type *home, void *array, const uint64_t *id, \
                                       size_t count) \
    { \
        AB_EACH(lane, m) { \
            type *to = (type *)array + id[lane] * count; \
            for (size_t i = 0; i < count; i++) \
                to[i] = canonical(home[i * AB_LANES + lane]); \
        } \
    }

AB_COLUMNS_OF(i8, int8_t, )
AB_COLUMNS_OF(i16, int16_t, )
AB_COLUMNS_OF(i32, int32_t, )
AB_COLUMNS_OF(i64, int64_t, )
AB_COLUMNS_OF(u8, uint8_t, )
AB_COLUMNS_OF(u16, uint16_t, )
AB_COLUMNS_OF(u32, uint32_t, )
AB_COLUMNS_OF(u64, uint64_t, )
AB_COLUMNS_OF(f32, float, ab_canonical_f32)
AB_COLUMNS_OF(f64, double, ab_canonical_f64)

/* Rows turned round for a while: from rows to columns of all lanes, and back for the lanes of a mask. Blocks of
 * 8 lanes by 8 elements are turned by three rounds of interleaving. Where rows are a multiple of 8 apart,
 * what is behind `count` in the last 8 goes along: a row has room for it. */
#if AB_VECTORS
#define AB_INTERLEAVED(n, x, from, first) \
    x[n] = __builtin_shufflevector(from[(n) / 2], from[(n) / 2 + 4], first, first + 8, first + 1, \
                                   first + 9, first + 2, first + 10, first + 3, first + 11)
#define AB_INTERLEAVE(x, from) \
    do { \
        AB_INTERLEAVED(0, x, from, 0); \
        AB_INTERLEAVED(1, x, from, 4); \
        AB_INTERLEAVED(2, x, from, 0); \
        AB_INTERLEAVED(3, x, from, 4); \
        AB_INTERLEAVED(4, x, from, 0); \
        AB_INTERLEAVED(5, x, from, 4); \
        AB_INTERLEAVED(6, x, from, 0); \
        AB_INTERLEAVED(7, x, from, 4); \
    } while (0)

#define AB_PACKED_OF(dt, type) \
    typedef type ab_8_##dt __attribute__((ext_vector_type(8))); \
    GANG_INLINE void ab_turn_##dt(ab_8_##dt *x) \
    { \
        ab_8_##dt y[8]; \
        AB_INTERLEAVE(y, x); \
        AB_INTERLEAVE(x, y); \
        AB_INTERLEAVE(y, x); \
        memcpy(x, y, sizeof y); \
    } \
    GANG_INLINE void rows_pack_##dt(type *to, const type *from, size_t row, size_t count) \
    { \
        const size_t whole = row % 8 == 0 ? (count + 7) / 8 * 8 : count / 8 * 8; \
        for (size_t lane = 0; lane < AB_LANES; lane += 8) { \
            for (size_t i = 0; i < whole; i += 8) { \
                ab_8_##dt x[8]; \
                for (size_t k = 0; k < 8; k++) \
                    memcpy(&x[k], from + (lane + k) * row + i, sizeof x[k]); \
                ab_turn_##dt(x); \
                for (size_t k = 0; k < 8; k++) \
                    memcpy(to + (i + k) * AB_LANES + lane, &x[k], sizeof x[k]); \
            } \
            for (size_t i = whole; i < count; i++) \
                for (size_t k = lane; k < lane + 8; k++) \
                    to[i * AB_LANES + k] = from[k * row + i]; \
        } \
    } \
    GANG_INLINE void rows_unpack_##dt(mask m, type *to, size_t row, const type *from, \
                                      size_t count) \
    { \
        const size_t whole = row % 8 == 0 ? (count + 7) / 8 * 8 : count / 8 * 8; \
        for (size_t lane = 0; lane < AB_LANES; lane += 8) { \
            const unsigned some = (unsigned)((uint64_t)m >> lane & 255); \
            if (!some) \
                continue; \
            for (size_t i = 0; i < whole; i += 8) { \
                ab_8_##dt x[8]; \
                for (size_t k = 0; k < 8; k++) \
                    memcpy(&x[k], from + (i + k) * AB_LANES + lane, sizeof x[k]); \
                ab_turn_##dt(x); \
                for (size_t k = 0; k < 8; k++) \
                    if (some >> k & 1) \
                        memcpy(to + (lane + k) * row + i, &x[k], sizeof x[k]); \
            } \
            for (size_t i = whole; i < count; i++) \
                for (size_t k = 0; k < 8; k++) \
                    if (some >> k & 1) \
                        to[(lane + k) * row + i] = from[i * AB_LANES + lane + k]; \
        } \
    }
#else
#define AB_PACKED_OF(dt, type) \
    GANG_INLINE void rows_pack_##dt(type *to, const type *from, size_t row, size_t count) \
    { \
        rows_turn_##dt(AB_FULL, to, 1, AB_LANES, from, row, 1, count); \
    } \
    GANG_INLINE void rows_unpack_##dt(mask m, type *to, size_t row, const type *from, \
                                      size_t count) \
    { \
        rows_turn_##dt(m, to, row, 1, from, 1, AB_LANES, count); \
    }
#endif

AB_PACKED_OF(i8, int8_t)
AB_PACKED_OF(i16, int16_t)
AB_PACKED_OF(i32, int32_t)
AB_PACKED_OF(i64, int64_t)
AB_PACKED_OF(u8, uint8_t)
AB_PACKED_OF(u16, uint16_t)
AB_PACKED_OF(u32, uint32_t)
AB_PACKED_OF(u64, uint64_t)
AB_PACKED_OF(f32, float)
AB_PACKED_OF(f64, double)

/* From and to arrays of the caller. `stride`: elements from one example to the next. */
#define AB_ROWS_OF(dt, type, canonical) \
    GANG_INLINE void rows_take_##dt(mask m, type *home, size_t row, const void *array, \
                                    size_t stride, const uint64_t *id, size_t count) \
    { \
        AB_EACH(lane, m) \
            memcpy(home + lane * row, (const type *)array + id[lane] * stride, \
                   count * sizeof(type)); \
    } \
    GANG_INLINE void rows_give_##dt(mask m, const type *home, size_t row, void *array, \
                                    const uint64_t *id, size_t count) \
    { \
        AB_EACH(lane, m) { \
            type *to = (type *)array + id[lane] * count; \
            for (size_t i = 0; i < count; i++) \
                to[i] = canonical(home[lane * row + i]); \
        } \
    }

AB_ROWS_OF(i8, int8_t, )
AB_ROWS_OF(i16, int16_t, )
AB_ROWS_OF(i32, int32_t, )
AB_ROWS_OF(i64, int64_t, )
AB_ROWS_OF(u8, uint8_t, )
AB_ROWS_OF(u16, uint16_t, )
AB_ROWS_OF(u32, uint32_t, )
AB_ROWS_OF(u64, uint64_t, )
AB_ROWS_OF(f32, float, ab_canonical_f32)
AB_ROWS_OF(f64, double, ab_canonical_f64)

/* Elements of bool tensors are bytes 0 and 1; callers may give others than 0 for true. */
GANG_INLINE void rows_take_bool(mask m, uint8_t *home, size_t row, const void *array, size_t stride,
                                const uint64_t *id, size_t count)
{
    AB_EACH(lane, m)
        for (size_t i = 0; i < count; i++)
            home[lane * row + i] = ((const uint8_t *)array)[id[lane] * stride + i] != 0;
}

GANG_INLINE void rows_give_bool(mask m, const uint8_t *home, size_t row, void *array,
                                const uint64_t *id, size_t count)
{
    rows_give_u8(m, home, row, array, id, count);
}

/* ---- indexes --------------------------------------------------------------------------------- */

#if AB_VECTORS
/* The place of element i of each lane's row, in elements from the first row on. The vector is
 * made from a table because clang leaves a loop that makes it as it is, if it is long. */
GANG_INLINE v_i64 row_index(v_i64 i, int64_t row)
{
    static const int64_t lanes[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    return i + ld_i64(lanes) * row;
}

/* The same of a tensor by columns. */
GANG_INLINE v_i64 column_index(v_i64 i)
{
    return row_index(i * AB_LANES, 1);
}

/* Lanes whose index is in 0 .. count - 1. */
GANG_INLINE mask index_below(v_i64 i, int64_t count)
{
    return M(__builtin_convertvector(i, v_u64) < (uint64_t)count);
}
#else
GANG_INLINE v_i64 row_index(v_i64 i, int64_t row)
{
    for (int64_t lane = 0; lane < AB_LANES; lane++)
        i.at[lane] = (int64_t)((uint64_t)i.at[lane] + (uint64_t)(lane * row));
    return i;
}

GANG_INLINE v_i64 column_index(v_i64 i)
{
    for (int64_t lane = 0; lane < AB_LANES; lane++)
        i.at[lane] = (int64_t)((uint64_t)i.at[lane] * AB_LANES + (uint64_t)lane);
    return i;
}

GANG_INLINE mask index_below(v_i64 i, int64_t count)
{
    mask m = 0;
    for (unsigned lane = 0; lane < AB_LANES; lane++)
        m |= (mask)((mask)((uint64_t)i.at[lane] < (uint64_t)count) << lane);
    return m;
}
#endif

/* A column that is there, for an index that is the same for all lanes. */
GANG_INLINE size_t column_of(int64_t i, int64_t count)
{
    return (uint64_t)i < (uint64_t)count ? (size_t)i : 0;
}

/* ---- single elements ------------------------------------------------------------------------- */

/* Of an array that all lanes share, at an index that is the same for all of them; 0 out of range. */
#define AB_SHARED(dt, type) \
    GANG_INLINE type shared_##dt(const type *base, int64_t i, int64_t count) \
    { \
        return (uint64_t)i < (uint64_t)count ? base[i] : (type)0; \
    }
AB_SHARED(i8, int8_t)
AB_SHARED(i16, int16_t)
AB_SHARED(i32, int32_t)
AB_SHARED(i64, int64_t)
AB_SHARED(u8, uint8_t)
AB_SHARED(u16, uint16_t)
AB_SHARED(u32, uint32_t)
AB_SHARED(u64, uint64_t)
AB_SHARED(f32, float)
AB_SHARED(f64, double)

GANG_INLINE uint8_t shared_bool(const uint8_t *base, int64_t i, int64_t count)
{
    return shared_u8(base, i, count) != 0;
}

/* Lane by lane. If the mask has a lane then the array has an element 0. */
#if AB_VECTORS
#define AB_GATHER_BY_LANES(dt, type) \
    GANG_INLINE v_##dt gather_##dt(mask m, const type *base, v_i64 index) \
    { \
        v_##dt v = (v_##dt)(0); \
        if (m == 0) \
            return v; \
        index = SEL(m, index, (v_i64)(0)); \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            v[lane] = base[index[lane]]; \
        return v; \
    }
#else
#define AB_GATHER_BY_LANES(dt, type) \
    GANG_INLINE v_##dt gather_##dt(mask m, const type *base, v_i64 index) \
    { \
        v_##dt v = splat_##dt(0); \
        for (unsigned lane = 0; lane < AB_LANES; lane++) \
            if (m >> lane & 1) \
                v.at[lane] = base[index.at[lane]]; \
        return v; \
    }
#endif

#define AB_SCATTER_BY_LANES(dt, type) \
    GANG_INLINE void scatter_##dt(mask m, type *base, v_i64 index, v_##dt v) \
    { \
        AB_EACH(lane, m) \
            base[lane_i64(index, lane)] = lane_##dt(v, lane); \
    }

#define AB_ELEMENT_BY_LANES(dt, type) \
    AB_GATHER_BY_LANES(dt, type) \
    AB_SCATTER_BY_LANES(dt, type)

#if AB_VECTORS && defined(__AVX512F__)
/* Eight lanes an instruction, by the compiler's own names as in gang.h. */
typedef double ab_8xf64 __attribute__((vector_size(64), may_alias));
typedef float ab_8xf32 __attribute__((vector_size(32), may_alias));
typedef int ab_8xi32 __attribute__((vector_size(32), may_alias));

#define AB_ELEMENT_BY_EIGHT(dt, type, eight, eights) \
    GANG_INLINE v_##dt gather_##dt(mask m, const type *base, v_i64 index) \
    { \
        v_##dt v; \
        for (unsigned lane = 0; lane < AB_LANES; lane += 8) { \
            ab_8x64 at; \
            eight some = {0}; \
            memcpy(&at, (const char *)&index + lane * 8, sizeof at); \
            some = __builtin_ia32_gatherdiv##eights(some, base, at, \
                                                    (uint8_t)((uint64_t)m >> lane), sizeof(type)); \
            memcpy((char *)&v + lane * sizeof(type), &some, sizeof some); \
        } \
        return v; \
    } \
    GANG_INLINE void scatter_##dt(mask m, type *base, v_i64 index, v_##dt v) \
    { \
        for (unsigned lane = 0; lane < AB_LANES; lane += 8) { \
            ab_8x64 at; \
            eight some; \
            memcpy(&at, (const char *)&index + lane * 8, sizeof at); \
            memcpy(&some, (const char *)&v + lane * sizeof(type), sizeof some); \
            __builtin_ia32_scatterdiv##eights(base, (uint8_t)((uint64_t)m >> lane), at, some, \
                                              sizeof(type)); \
        } \
    }

AB_ELEMENT_BY_EIGHT(f64, double, ab_8xf64, 8df)
AB_ELEMENT_BY_EIGHT(i64, int64_t, ab_8x64, 8di)
AB_ELEMENT_BY_EIGHT(u64, uint64_t, ab_8x64, 8di)
AB_ELEMENT_BY_EIGHT(f32, float, ab_8xf32, 16sf)
AB_ELEMENT_BY_EIGHT(i32, int32_t, ab_8xi32, 16si)
AB_ELEMENT_BY_EIGHT(u32, uint32_t, ab_8xi32, 16si)

/* Narrow elements: out of the aligned word of 4 bytes that holds them, which is on their page. */
#define AB_NARROW_BY_EIGHT(dt, type) \
    AB_SCATTER_BY_LANES(dt, type) \
    GANG_INLINE v_##dt gather_##dt(mask m, const type *base, v_i64 index) \
    { \
        const int64_t before = (int64_t)((uintptr_t)base & 3); \
        const v_i64 at = index * (int64_t)sizeof(type) + before; \
        const v_u32 words = gather_words(m, (const char *)base - before, at & ~(int64_t)3); \
        const v_u32 shift = __builtin_convertvector(at & 3, v_u32) * 8; \
        return __builtin_convertvector(words >> shift, v_##dt); \
    }
GANG_INLINE v_u32 gather_words(mask m, const char *base, v_i64 at)
{
    v_u32 v;
    for (unsigned lane = 0; lane < AB_LANES; lane += 8) {
        ab_8x64 places;
        ab_8xi32 some = {0};
        memcpy(&places, (const char *)&at + lane * 8, sizeof places);
        some = __builtin_ia32_gatherdiv16si(some, (const int *)base, places,
                                            (uint8_t)((uint64_t)m >> lane), 1);
        memcpy((char *)&v + lane * 4, &some, sizeof some);
    }
    return v;
}
AB_NARROW_BY_EIGHT(i8, int8_t)
AB_NARROW_BY_EIGHT(i16, int16_t)
AB_NARROW_BY_EIGHT(u8, uint8_t)
AB_NARROW_BY_EIGHT(u16, uint16_t)

GANG_INLINE mask gather_bool(mask m, const uint8_t *base, v_i64 index)
{
    return m & M(gather_u8(m, base, index) != 0);
}
#elif AB_VECTORS && defined(__AVX2__)
/* Four lanes an instruction, of which the sign bits of a vector choose; there is no scatter. */
typedef double ab_4xf64 __attribute__((vector_size(32), may_alias));
typedef long long ab_4x64 __attribute__((vector_size(32), may_alias));
typedef float ab_4xf32 __attribute__((vector_size(16), may_alias));
typedef int ab_4xi32 __attribute__((vector_size(16), may_alias));

#define AB_ELEMENT_BY_FOUR(dt, type, four, fours, mask_dt, memory) \
    AB_SCATTER_BY_LANES(dt, type) \
    GANG_INLINE v_##dt gather_##dt(mask m, const type *base, v_i64 index) \
    { \
        const v_##mask_dt chosen = -__builtin_convertvector(ab_bits(m), v_##mask_dt); \
        v_##dt v; \
        for (unsigned lane = 0; lane < AB_LANES; lane += 4) { \
            ab_4x64 at; \
            four some = {0}, signs; \
            memcpy(&at, (const char *)&index + lane * 8, sizeof at); \
            memcpy(&signs, (const char *)&chosen + lane * sizeof(type), sizeof signs); \
            some = __builtin_ia32_gatherq_##fours(some, (const memory *)base, at, signs, \
                                                  sizeof(type)); \
            memcpy((char *)&v + lane * sizeof(type), &some, sizeof some); \
        } \
        return v; \
    }

AB_ELEMENT_BY_FOUR(f64, double, ab_4xf64, pd256, i64, double)
AB_ELEMENT_BY_FOUR(i64, int64_t, ab_4x64, q256, i64, long long)
AB_ELEMENT_BY_FOUR(u64, uint64_t, ab_4x64, q256, i64, long long)
AB_ELEMENT_BY_FOUR(f32, float, ab_4xf32, ps256, i32, float)
AB_ELEMENT_BY_FOUR(i32, int32_t, ab_4xi32, d256, i32, int)
AB_ELEMENT_BY_FOUR(u32, uint32_t, ab_4xi32, d256, i32, int)
#else
AB_ELEMENT_BY_LANES(f64, double)
AB_ELEMENT_BY_LANES(i64, int64_t)
AB_ELEMENT_BY_LANES(u64, uint64_t)
AB_ELEMENT_BY_LANES(f32, float)
AB_ELEMENT_BY_LANES(i32, int32_t)
AB_ELEMENT_BY_LANES(u32, uint32_t)
#endif
#if !AB_VECTORS || !defined(__AVX512F__)
AB_ELEMENT_BY_LANES(i8, int8_t)
AB_ELEMENT_BY_LANES(i16, int16_t)
AB_ELEMENT_BY_LANES(u8, uint8_t)
AB_ELEMENT_BY_LANES(u16, uint16_t)

GANG_INLINE mask gather_bool(mask m, const uint8_t *base, v_i64 index)
{
    mask v = 0;
    AB_EACH(lane, m)
        v |= (mask)((mask)(base[lane_i64(index, lane)] != 0) << lane);
    return v;
}
#endif

GANG_INLINE void scatter_bool(mask m, uint8_t *base, v_i64 index, mask v)
{
    AB_EACH(lane, m)
        base[lane_i64(index, lane)] = (uint8_t)(v >> lane & 1);
}

#endif
