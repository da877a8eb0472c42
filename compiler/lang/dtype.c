#include "lang/dtype.h"

#include <stdio.h>
#include <string.h>

const struct dtype_info dtype_table[DT_ALL_COUNT] = {
#define DTYPE(id, name, numpy_name, c_type, bytes, cls) {#name, #numpy_name, #c_type, bytes, cls},
    AB_DTYPES(DTYPE)
#undef DTYPE
    {"int", "int64", "int64_t", 8, CLASS_INT},
    {"float", "float64", "double", 8, CLASS_FLOAT},
    {"complex", "complex128", "ab_c128", 16, CLASS_COMPLEX},
};

/* NumPy's names of the platform's default types, fixed to 64 bits. */
static const struct {
    const char *spelling;
    enum dtype dtype;
} aliases[] = {
    {"bool_", DT_BOOL},
    {"complex_", DT_C128},
    {"float_", DT_F64},
    {"int_", DT_I64},
};

bool dtype_is_weak(enum dtype dtype)
{
    return dtype >= DT_WEAK_INT;
}

enum dtype dtype_settled(enum dtype dtype)
{
    if (!dtype_is_weak(dtype))
        return dtype;
    return dtype == DT_WEAK_INT ? DT_I64 : dtype == DT_WEAK_FLOAT ? DT_F64 : DT_C128;
}

int dtype_find(const char *spelling)
{
    for (int i = 0; i < DT_COUNT; i++)
        if (strcmp(spelling, dtype_table[i].name) == 0 ||
            strcmp(spelling, dtype_table[i].numpy_name) == 0)
            return i;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcmp(spelling, aliases[i].spelling) == 0)
            return (int)aliases[i].dtype;
    return -1;
}

struct type type_scalar(enum dtype dtype)
{
    struct type type;
    memset(&type, 0, sizeof type);
    type.dtype = dtype;
    return type;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

bool type_equal(const struct type *a, const struct type *b)
{
    return a->dtype == b->dtype && shape_equal(&a->shape, &b->shape);
}

int64_t shape_elements(const struct shape *shape)
{
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++)
        elements *= shape->dim[i];
    return elements;
}

const char *type_text(const struct type *type, char buffer[TYPE_TEXT_SIZE])
{
    /* 8 extents of at most 20 digits with separators, and a name, fit in TYPE_TEXT_SIZE. */
    int len = snprintf(buffer, TYPE_TEXT_SIZE, "%s", dtype_table[type->dtype].name);
    for (int i = 0; i < type->shape.rank; i++)
        len += snprintf(buffer + len, (size_t)(TYPE_TEXT_SIZE - len), "%s%lld", i ? ", " : "[",
                        (long long)type->shape.dim[i]);
    if (type->shape.rank > 0)
        snprintf(buffer + len, (size_t)(TYPE_TEXT_SIZE - len), "]");
    return buffer;
}
