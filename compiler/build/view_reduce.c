/* Reductions over axes with an extent of run time: their places one after the other, the first axis
 * outermost. Axes of static extent among the reduced are reduced before, in each round, in the order
 * of their own (L6).
 *
 *   sum, prod, all, any     acc = op(acc, x)           from what leaves x as it is; -0 for floats
 *   min, max                the same; without any place there is none: bounds fault
 *   argmin, argmax          x better than the best so far, or the first nan: (best, place) = (x, i)
 *   contract                acc = fma(a, b, acc)       from 0; integers acc + a * b */
#include "build/view.h"

#include <math.h>

/* Loops over the axes in a bit set that have an extent of run time. */
struct nest {
    struct view_loop loops[SHAPE_MAX_RANK];
    uint32_t depth;
};

static uint32_t run_time_axes(const struct shape *shape)
{
    uint32_t set = 0;
    for (uint32_t axis = 0; axis < shape->rank; axis++)
        if (shape->dim[axis] < 0)
            set |= 1u << axis;
    return set;
}

/* The axes that the node takes together. */
static uint32_t reduced_axes(const struct typed_expr *expr)
{
    uint32_t rank = expr->args.at[0]->ty->tensor.shape.rank;
    uint32_t all = (1u << rank) - 1;
    if (expr->kind == TX_REDUCE)
        return expr->axis_set;
    if (expr->kind == TX_ARG_REDUCE)
        return 1u << expr->axis;
    return expr->kind == TX_CONTRACT ? all & ~(all >> expr->inner) : 0;
}

bool view_reduces(const struct typed_expr *expr)
{
    return expr->args.len > 0
           && (reduced_axes(expr) & run_time_axes(&expr->args.at[0]->ty->tensor.shape)) != 0;
}

/* In a round's value the axes with places are gone: the set of those that are left and in `set`. */
static uint32_t left_of(uint32_t set, const struct view_places *places, uint32_t rank)
{
    uint32_t left = 0, position = 0;
    for (uint32_t axis = 0; axis < rank; axis++) {
        if (places->at[axis] != IR_NONE)
            continue;
        left |= (set >> axis & 1) << position++;
    }
    return left;
}

static void begin(struct fn *fn, struct nest *nest, const struct shape *shape, uint32_t set,
                  struct view_places *places, struct loc loc)
{
    nest->depth = 0;
    set &= run_time_axes(shape);
    for (uint32_t axis = 0; axis < shape->rank; axis++)
        if (set >> axis & 1)
            places->at[axis] =
                view_loop_begin(fn, &nest->loops[nest->depth++], shape->dim[axis], loc);
}

static void end(struct fn *fn, struct nest *nest)
{
    while (nest->depth > 0)
        view_loop_end(fn, &nest->loops[--nest->depth]);
}

/* ---- what a reduction begins with ---------------------------------------------------- */

static union scalar of_float(enum dtype dtype, double number)
{
    if (dtype == DT_F32)
        return (union scalar){.f32 = (float)number};
    return (union scalar){.f64 = number};
}

/* The least of a dtype, or the greatest. */
static union scalar end_of(enum dtype dtype, bool least)
{
    const struct dtype_info *info = &dtype_table[dtype];
    if (info->cls == CLASS_FLOAT)
        return of_float(dtype, least ? -HUGE_VAL : HUGE_VAL);
    uint64_t all = UINT64_MAX >> (64 - 8 * info->bytes);
    if (info->cls == CLASS_INT)
        return (union scalar){.i = least ? -(int64_t)(all >> 1) - 1 : (int64_t)(all >> 1)};
    return (union scalar){.u = least ? 0 : info->cls == CLASS_BOOL ? 1 : all};
}

static union scalar one_of(enum dtype dtype)
{
    return dtype_table[dtype].cls == CLASS_FLOAT ? of_float(dtype, 1) : (union scalar){.u = 1};
}

static union scalar all_bits(enum dtype dtype)
{
    return dtype_table[dtype].cls == CLASS_INT ? (union scalar){.i = -1} : end_of(dtype, false);
}

static union scalar neutral(enum op op, enum dtype dtype)
{
    if (op == OP_mul)
        return one_of(dtype);
    if (op == OP_max || op == OP_min)
        return end_of(dtype, op == OP_max);
    if (op == OP_and)
        return all_bits(dtype);
    return (union scalar){.u = 0}; /* add, or: of floats too */
}

/* Has each of the reduced axes an element? */
static value_id has_elements(struct fn *fn, const struct typed_expr *expr)
{
    const struct shape *shape = &expr->args.at[0]->ty->tensor.shape;
    uint32_t set = reduced_axes(expr) & run_time_axes(shape);
    value_id some = IR_NONE;
    for (uint32_t axis = 0; axis < shape->rank; axis++) {
        if (!(set >> axis & 1))
            continue;
        value_id size = axis_size(fn, shape->dim[axis], expr->loc);
        value_id none = fn_const(fn, DT_I64, (union scalar){.i = 0}, expr->loc);
        value_id here = fn_op2(fn, OP_gt, DT_BOOL, size, none, expr->loc);
        some = some == IR_NONE ? here : fn_op2(fn, OP_and, DT_BOOL, some, here, expr->loc);
    }
    return some;
}

void view_check_not_empty(struct fn *fn, const struct typed_expr *expr)
{
    value_id some = has_elements(fn, expr);
    const char *text =
        arena_printf(fn->program->arena, "%s of no elements", op_table[expr->op].name);
    fn_check(fn, some, FAULT_BOUNDS, expr, expr->loc, text);
}

/* ---- the loops ----------------------------------------------------------------------- */

static leaf_id accumulator(struct fn *fn, struct type type, union scalar first, struct loc loc)
{
    leaf_id leaf = ssa_leaf_new(&fn->ssa, type, NULL, loc);
    fn_write(fn, leaf, fn_splat(fn, type, first, loc));
    return leaf;
}

/* A sum of floats is that from the first element on: of nothing but -0 it is -0, of nothing 0. */
static leaf_id float_sum(struct fn *fn, const struct typed_expr *expr, struct type type)
{
    leaf_id leaf = ssa_leaf_new(&fn->ssa, type, NULL, expr->loc);
    struct type one = type_scalar(type.dtype);
    value_id some = has_elements(fn, expr);
    value_id negative = fn_splat(fn, one, of_float(type.dtype, -0.0), expr->loc);
    value_id zero = fn_splat(fn, one, (union scalar){.u = 0}, expr->loc);
    value_id chosen[] = {some, negative, zero};
    value_id first = fn_op(fn, OP_select, type.dtype, chosen, 3, expr->loc);
    fn_write(fn, leaf, fn_broadcast(fn, first, &type.shape, expr->loc));
    return leaf;
}

/* Places of the operand: those of the result for the axes that are not in the set. */
static struct view_places spread(const struct view_places *places, uint32_t set, uint32_t rank)
{
    struct view_places spread = view_nowhere();
    uint32_t from = 0;
    for (uint32_t axis = 0; axis < rank; axis++)
        if (!(set >> axis & 1))
            spread.at[axis] = places->at[from++];
    return spread;
}

static value_id reduce(struct fn *fn, const struct typed_expr *expr,
                       const struct view_places *places)
{
    const struct typed_expr *operand = expr->args.at[0];
    const struct shape *shape = &operand->ty->tensor.shape;
    uint32_t set = expr->axis_set;
    struct type type = {expr->ty->tensor.dtype, view_shape(&expr->ty->tensor.shape, places)};
    bool is_float = dtype_table[type.dtype].cls == CLASS_FLOAT;
    if (!view_reduces(expr)) {
        struct view_places same = spread(places, set, shape->rank);
        value_id whole = view_slice(fn, operand, &same);
        return fn_reduce(fn, expr->op, whole, left_of(set, &same, shape->rank), expr->loc);
    }
    leaf_id acc = expr->op == OP_add && is_float
                      ? float_sum(fn, expr, type)
                      : accumulator(fn, type, neutral(expr->op, type.dtype), expr->loc);
    struct view_places inside = spread(places, set, shape->rank);
    struct nest nest;
    begin(fn, &nest, shape, set, &inside, expr->loc);
    value_id value = view_slice(fn, operand, &inside);
    value = fn_reduce(fn, expr->op, value, left_of(set, &inside, shape->rank), expr->loc);
    fn_write(fn, acc, fn_op2(fn, expr->op, type.dtype, fn_read(fn, acc), value, expr->loc));
    end(fn, &nest);
    return fn_read(fn, acc);
}

/* x comes before the best so far. */
static value_id is_better(struct fn *fn, const struct typed_expr *expr, value_id x, value_id best)
{
    enum op compare = expr->op == OP_max ? OP_gt : OP_lt;
    value_id better = fn_op2(fn, compare, DT_BOOL, x, best, expr->loc);
    if (dtype_table[fn_dtype_of(fn, x)].cls != CLASS_FLOAT)
        return better;
    value_id is_nan = fn_op(fn, OP_isnan, DT_BOOL, &x, 1, expr->loc);
    value_id was_nan = fn_op(fn, OP_isnan, DT_BOOL, &best, 1, expr->loc);
    value_id was_none = fn_op(fn, OP_not, DT_BOOL, &was_nan, 1, expr->loc);
    value_id first = fn_op2(fn, OP_and, DT_BOOL, is_nan, was_none, expr->loc);
    return fn_op2(fn, OP_or, DT_BOOL, better, first, expr->loc);
}

static value_id arg_reduce(struct fn *fn, const struct typed_expr *expr,
                           const struct view_places *places)
{
    const struct typed_expr *operand = expr->args.at[0];
    const struct shape *shape = &operand->ty->tensor.shape;
    struct loc loc = expr->loc;
    enum dtype dtype = operand->ty->tensor.dtype;
    if (dtype == DT_BOOL)
        dtype = DT_U8;
    struct type place = {DT_I64, view_shape(&expr->ty->tensor.shape, places)};
    leaf_id best = accumulator(fn, (struct type){dtype, place.shape},
                               end_of(dtype, expr->op == OP_max), loc);
    leaf_id where = accumulator(fn, place, (union scalar){.i = 0}, loc);
    struct view_places inside = spread(places, 1u << expr->axis, shape->rank);
    struct nest nest;
    begin(fn, &nest, shape, 1u << expr->axis, &inside, loc);
    value_id x = fn_convert(fn, view_slice(fn, operand, &inside), dtype, loc);
    value_id before = fn_read(fn, best);
    value_id better = is_better(fn, expr, x, before);
    value_id at = fn_broadcast(fn, inside.at[expr->axis], &place.shape, loc);
    fn_write(fn, best, fn_op(fn, OP_select, dtype, (value_id[]){better, x, before}, 3, loc));
    value_id chosen[] = {better, at, fn_read(fn, where)};
    fn_write(fn, where, fn_op(fn, OP_select, DT_I64, chosen, 3, loc));
    end(fn, &nest);
    return fn_read(fn, where);
}

/* ---- contractions -------------------------------------------------------------------- */

/* One operand, [G.., A.., K..] or [G.., B.., K..]. */
struct factor {
    const struct typed_expr *expr;
    uint32_t rank, inner;       /* of K, the last axes */
    struct view_places places;
};

/* Places of the free axes: those of the result from `from` on, behind the batch axes. */
static struct factor factor_of(const struct typed_expr *contract, uint32_t i, uint32_t from,
                               const struct view_places *places)
{
    struct factor factor = {.expr = contract->args.at[i], .inner = contract->inner};
    factor.rank = factor.expr->ty->tensor.shape.rank;
    factor.places = view_nowhere();
    for (uint32_t axis = 0; axis < contract->batch; axis++)
        factor.places.at[axis] = places->at[axis];
    for (uint32_t axis = contract->batch; axis + factor.inner < factor.rank; axis++)
        factor.places.at[axis] = places->at[from++];
    return factor;
}

/* Its value stretched to [G.., A.., B..]: 1 stands for the free axes of the other. */
static value_id stretched(struct fn *fn, value_id value, uint32_t batch, uint32_t before,
                          const struct shape *to, struct loc loc)
{
    struct shape own = fn_type_of(fn, value)->shape, shape = {.rank = to->rank};
    if (own.rank == 0)
        return fn_broadcast(fn, value, to, loc);
    for (uint32_t axis = 0; axis < to->rank; axis++)
        shape.dim[axis] = 1;
    for (uint32_t axis = 0; axis < own.rank; axis++)
        shape.dim[axis < batch ? axis : axis + before] = own.dim[axis];
    return fn_broadcast(fn, fn_reshape(fn, value, &shape, loc), to, loc);
}

static uint32_t count_left(const struct view_places *places, uint32_t from, uint32_t to)
{
    uint32_t count = 0;
    for (uint32_t axis = from; axis < to; axis++)
        count += places->at[axis] == IR_NONE;
    return count;
}

/* acc + the products of one round. */
static value_id add_products(struct fn *fn, const struct typed_expr *expr, value_id a, value_id b,
                             uint32_t batch, value_id acc)
{
    struct shape shape = fn_type_of(fn, acc)->shape;
    enum dtype dtype = fn_dtype_of(fn, acc);
    uint32_t free_of_a = fn_type_of(fn, a)->shape.rank - batch;
    a = stretched(fn, a, batch, 0, &shape, expr->loc);
    b = stretched(fn, b, batch, free_of_a, &shape, expr->loc);
    if (dtype_table[dtype].cls == CLASS_FLOAT)
        return fn_op(fn, OP_fma, dtype, (value_id[]){a, b, acc}, 3, expr->loc);
    value_id product = fn_op2(fn, OP_mul, dtype, a, b, expr->loc);
    return fn_op2(fn, OP_add, dtype, acc, product, expr->loc);
}

static value_id contract_slices(struct fn *fn, const struct typed_expr *expr, value_id a,
                                value_id b, uint32_t batch, uint32_t inner, struct type type)
{
    struct ir_inst *inst = fn_inst(fn, INST_CONTRACT, type, (value_id[]){a, b}, 2, expr->loc);
    inst->batch = (uint8_t)batch;
    inst->inner = (uint8_t)inner;
    return inst->results.at[0];
}

static value_id contract(struct fn *fn, const struct typed_expr *expr,
                         const struct view_places *places)
{
    uint32_t free_of_a = expr->args.at[0]->ty->tensor.shape.rank - expr->inner - expr->batch;
    struct factor a = factor_of(expr, 0, expr->batch, places);
    struct factor b = factor_of(expr, 1, expr->batch + free_of_a, places);
    struct type type = {expr->ty->tensor.dtype, view_shape(&expr->ty->tensor.shape, places)};
    uint32_t batch = count_left(places, 0, expr->batch);
    const struct shape *shape = &a.expr->ty->tensor.shape;
    bool loops = view_reduces(expr);
    leaf_id acc = loops ? accumulator(fn, type, (union scalar){.u = 0}, expr->loc) : 0;
    struct nest nest;
    begin(fn, &nest, shape, reduced_axes(expr), &a.places, expr->loc);
    for (uint32_t k = 1; k <= expr->inner; k++)
        b.places.at[b.rank - k] = a.places.at[a.rank - k];
    uint32_t inner = count_left(&a.places, a.rank - expr->inner, a.rank);
    value_id x = view_slice(fn, a.expr, &a.places), y = view_slice(fn, b.expr, &b.places);
    value_id sum = IR_NONE;
    if (loops && inner == 0) {
        sum = add_products(fn, expr, x, y, batch, fn_read(fn, acc));
    } else {
        sum = contract_slices(fn, expr, x, y, batch, inner, type);
        if (loops)
            sum = fn_op2(fn, OP_add, type.dtype, fn_read(fn, acc), sum, expr->loc);
    }
    if (loops)
        fn_write(fn, acc, sum);
    end(fn, &nest);
    return loops ? fn_read(fn, acc) : sum;
}

value_id view_reduction(struct fn *fn, const struct typed_expr *expr,
                        const struct view_places *places)
{
    if (expr->kind == TX_CONTRACT)
        return contract(fn, expr, places);
    return expr->kind == TX_REDUCE ? reduce(fn, expr, places) : arg_reduce(fn, expr, places);
}
