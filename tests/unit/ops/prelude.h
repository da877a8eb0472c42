/* A small prelude for testing kernels by themselves: what emit.h asks of one, and no more. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if AB_LANES <= 8
typedef uint8_t mask;
#elif AB_LANES <= 16
typedef uint16_t mask;
#else
typedef uint64_t mask;
#endif
#define AB_ALL ((mask)(UINT64_MAX >> (64 - AB_LANES)))
#define AB_EACH(i, m) for (unsigned i = 0; i < AB_LANES; i++) if ((m) >> i & 1)

#if AB_VECTORS
#define VALUE_TYPE(name, type) typedef type name __attribute__((ext_vector_type(AB_LANES)));
#define AT(v, i) ((v)[i])
typedef bool bits __attribute__((ext_vector_type(AB_LANES)));
#define M(e)                                                                                       \
    __extension__({                                                                                \
        bits b_ = __builtin_convertvector((e) != 0, bits);                                         \
        mask m_ = 0;                                                                               \
        memcpy(&m_, &b_, sizeof b_);                                                               \
        (mask)(m_ & AB_ALL);                                                                       \
    })
#define SEL(m, a, b)                                                                               \
    __extension__({                                                                                \
        mask m_ = (m);                                                                             \
        bits b_;                                                                                   \
        memcpy(&b_, &m_, sizeof b_);                                                               \
        -__builtin_convertvector(b_, __typeof__((a) == (a))) ? (a) : (b);                          \
    })
#else
#define VALUE_TYPE(name, type) typedef struct { type at[AB_LANES]; } name;
#define AT(v, i) ((v).at[i])
#endif
VALUE_TYPE(v_i8, int8_t)
VALUE_TYPE(v_i16, int16_t)
VALUE_TYPE(v_i32, int32_t)
VALUE_TYPE(v_i64, int64_t)
VALUE_TYPE(v_u8, uint8_t)
VALUE_TYPE(v_u16, uint16_t)
VALUE_TYPE(v_u32, uint32_t)
VALUE_TYPE(v_u64, uint64_t)
VALUE_TYPE(v_f32, float)
VALUE_TYPE(v_f64, double)

/* Fingerprints of results; every nan counts as one. */
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
