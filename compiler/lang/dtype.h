/* Element types, static shapes, and the types of values built from them. */
#ifndef ABCC_LANG_DTYPE_H
#define ABCC_LANG_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sized types in the order of shared tables; then the weak types of the checker (L8), which never
 * reach the IR. DTYPE(identifier, language name, NumPy name, C type, bytes, class) */
#define AB_DTYPES(DTYPE)                                  \
    DTYPE(BOOL, bool, bool, uint8_t, 1, CLASS_BOOL)       \
    DTYPE(I8, i8, int8, int8_t, 1, CLASS_INT)             \
    DTYPE(I16, i16, int16, int16_t, 2, CLASS_INT)         \
    DTYPE(I32, i32, int32, int32_t, 4, CLASS_INT)         \
    DTYPE(I64, i64, int64, int64_t, 8, CLASS_INT)         \
    DTYPE(U8, u8, uint8, uint8_t, 1, CLASS_UINT)          \
    DTYPE(U16, u16, uint16, uint16_t, 2, CLASS_UINT)      \
    DTYPE(U32, u32, uint32, uint32_t, 4, CLASS_UINT)      \
    DTYPE(U64, u64, uint64, uint64_t, 8, CLASS_UINT)      \
    DTYPE(F16, f16, float16, uint16_t, 2, CLASS_FLOAT)    \
    DTYPE(F32, f32, float32, float, 4, CLASS_FLOAT)       \
    DTYPE(F64, f64, float64, double, 8, CLASS_FLOAT)      \
    DTYPE(C64, c64, complex64, ab_c64, 8, CLASS_COMPLEX)  \
    DTYPE(C128, c128, complex128, ab_c128, 16, CLASS_COMPLEX)

enum dtype {
#define DTYPE(id, ...) DT_##id,
    AB_DTYPES(DTYPE)
#undef DTYPE
    DT_COUNT,
    DT_WEAK_INT = DT_COUNT, /* held as i64 when it is not constant */
    DT_WEAK_FLOAT,          /* held as f64 */
    DT_WEAK_COMPLEX,        /* held as c128 */
    DT_ALL_COUNT
};

enum dtype_class { CLASS_BOOL = 1, CLASS_INT = 2, CLASS_UINT = 4, CLASS_FLOAT = 8, CLASS_COMPLEX = 16 };

struct dtype_info {
    const char *name, *numpy_name, *c_name; /* weak ones: "int", "float", "complex" */
    uint8_t bytes;
    uint8_t cls; /* enum dtype_class */
};
extern const struct dtype_info dtype_table[DT_ALL_COUNT];

bool dtype_is_weak(enum dtype dtype);
/* What a weak type becomes when it meets nothing: i64, f64, c128; others are themselves. */
enum dtype dtype_settled(enum dtype dtype);
/* By the language's or NumPy's spelling ("f32", "float32", "int_", "float_", ...); -1 if none. */
int dtype_find(const char *spelling);

enum { SHAPE_MAX_RANK = 8 };

struct shape {
    uint8_t rank;
    int64_t dim[SHAPE_MAX_RANK];
};

/* The type of an IR value: a dtype and a static shape. Rank 0 is a scalar. */
struct type {
    enum dtype dtype;
    struct shape shape;
};

struct type type_scalar(enum dtype dtype);
bool shape_equal(const struct shape *a, const struct shape *b);
bool type_equal(const struct type *a, const struct type *b);
int64_t shape_elements(const struct shape *shape);
/* "f64[3, 4]", "i32": into buffer, which is returned. */
enum { TYPE_TEXT_SIZE = 200 };
const char *type_text(const struct type *type, char buffer[TYPE_TEXT_SIZE]);

/* A constant of a sized dtype. Floats keep their bits; bool is 0 or 1 in `u`. */
union scalar {
    int64_t i;  /* CLASS_INT, sign extended */
    uint64_t u; /* CLASS_UINT and BOOL, zero extended */
    double f64;
    float f32;
    double c[2];
};

#endif
