#include "interp/sums.h"

#include "interp/tensor.h"
#include "lang/rules.h"

static union scalar apply(op_function *op, union scalar x, union scalar y)
{
    const union scalar args[3] = {x, y, y};
    return op(args);
}

/* What eight accumulators end in. */
static union scalar join_eight(op_function *add, const union scalar *r)
{
    return apply(add, apply(add, apply(add, r[0], r[1]), apply(add, r[2], r[3])),
                 apply(add, apply(add, r[4], r[5]), apply(add, r[6], r[7])));
}

static union scalar in_order(op_function *op, union scalar from, const union scalar *row,
                             int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        from = apply(op, from, row[i]);
    return from;
}

/* NumPy's pairwise sum of one element or more. */
static union scalar pairwise(op_function *add, const union scalar *row, int64_t count)
{
    if (count < 8)
        return in_order(add, row[0], row + 1, count - 1);
    if (count <= 128) {
        union scalar r[8];
        int64_t whole = count - count % 8;
        memcpy(r, row, sizeof r);
        for (int64_t i = 8; i < whole; i++)
            r[i % 8] = apply(add, r[i % 8], row[i]);
        return in_order(add, join_eight(add, r), row + whole, count - whole);
    }
    int64_t half = count / 2 - count / 2 % 8;
    return apply(add, pairwise(add, row, half), pairwise(add, row + half, count - half));
}

static union scalar number(enum dtype dtype, int value)
{
    union scalar result = {.u = 0};
    if (dtype == DT_F32)
        result.f32 = (float)value;
    else if (dtype == DT_F64)
        result.f64 = value;
    else
        result.i = value;
    return result;
}

/* All bits that the dtype has. */
static union scalar all_ones(enum dtype dtype)
{
    const union scalar zero[3] = {{.u = 0}, {.u = 0}, {.u = 0}};
    return op_eval(OP_not, dtype, dtype, zero);
}

union scalar reduce_row(enum op op, enum dtype dtype, const union scalar *row, int64_t count)
{
    if (count == 0)
        return op == OP_mul ? number(dtype, 1) : op == OP_and ? all_ones(dtype) : number(dtype, 0);
    op_function *step = op_function_of(op, dtype, dtype);
    if (op == OP_add && dtype_is_float(dtype))
        return pairwise(step, row, count);
    return in_order(step, row[0], row + 1, count - 1);
}

static bool is_nan(enum dtype dtype, union scalar value)
{
    return (dtype == DT_F32 && value.f32 != value.f32) ||
           (dtype == DT_F64 && value.f64 != value.f64);
}

int64_t arg_reduce_row(enum op op, enum dtype dtype, const union scalar *row, int64_t count)
{
    bool is_bool = dtype == DT_BOOL; /* which has no order among the operations */
    op_function *better =
        op_function_of(op == OP_min ? OP_lt : OP_gt, is_bool ? DT_U8 : dtype, DT_BOOL);
    int64_t best = 0;
    for (int64_t i = 0; i < count; i++) {
        const union scalar args[3] = {row[i], row[best], row[best]};
        if (is_nan(dtype, row[i]))
            return i;
        if (better(args).u)
            best = i;
    }
    return best;
}

/* ---- contractions ---------------------------------------------------------------------- */

/* Products of two rows from `first` on, every `stride`-th, onto an accumulator. */
struct products {
    enum dtype dtype;
    const void *a, *b;
};

static union scalar add_products(const struct products *products, union scalar sum, int64_t first,
                                 int64_t end, int64_t stride)
{
    enum dtype dtype = products->dtype;
    bool is_bool = dtype == DT_BOOL, is_float = dtype_is_float(dtype);
    op_function *fma = is_float ? op_function_of(OP_fma, dtype, dtype) : NULL;
    op_function *mul = op_function_of(is_bool ? OP_and : OP_mul, dtype, dtype);
    op_function *add = op_function_of(is_bool ? OP_or : OP_add, dtype, dtype);
    for (int64_t i = first; i < end; i += stride) {
        const union scalar args[3] = {element_at(products->a, dtype, i),
                                      element_at(products->b, dtype, i), sum};
        sum = is_float ? fma(args) : apply(add, sum, apply(mul, args[0], args[1]));
    }
    return sum;
}

union scalar contract_rows(enum dtype dtype, const void *a, const void *b, int64_t count)
{
    struct products products = {dtype, a, b};
    union scalar zero = number(dtype, 0), sums[8];
    int64_t whole = count - count % 8;
    if (count < 8 || !dtype_is_float(dtype))
        return add_products(&products, zero, 0, count, 1);
    for (int i = 0; i < 8; i++)
        sums[i] = add_products(&products, zero, i, whole, 8);
    return add_products(&products, join_eight(op_function_of(OP_add, dtype, dtype), sums), whole, count, 1);
}
