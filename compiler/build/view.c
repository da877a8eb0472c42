#include "build/view.h"

enum { LARGEST_UNROLLED = 8 }; /* rows of a tensor that is made place by place */

bool has_run_time_extent(const struct ty *ty)
{
    for (uint32_t axis = 0; ty->kind == TY_TENSOR && axis < ty->tensor.shape.rank; axis++)
        if (ty->tensor.shape.dim[axis] < 0)
            return true;
    return false;
}

bool view_needed(const struct typed_expr *expr)
{
    for (uint32_t i = 0; i < expr->args.len; i++)
        if (has_run_time_extent(expr->args.at[i]->ty))
            return true;
    return false;
}

struct view_places view_nowhere(void)
{
    struct view_places places;
    for (uint32_t axis = 0; axis < SHAPE_MAX_RANK; axis++)
        places.at[axis] = IR_NONE;
    return places;
}

struct shape view_shape(const struct shape *shape, const struct view_places *places)
{
    struct shape left = {0};
    for (uint32_t axis = 0; axis < shape->rank; axis++)
        if (places->at[axis] == IR_NONE)
            left.dim[left.rank++] = shape->dim[axis];
    return left;
}

/* ---- loops --------------------------------------------------------------------------- */

value_id view_loop_begin(struct fn *fn, struct view_loop *loop, int64_t dim, struct loc loc)
{
    *loop = (struct view_loop){.loc = loc, .round.outer = fn->views->round};
    fn->views->round = &loop->round;
    value_id stop = axis_size(fn, dim, loc);
    name hint = name_of_text(fn->prog->names, "row");
    loop->at = ssa_leaf_new(&fn->ssa, type_scalar(DT_I64), hint, loc);
    fn_write(fn, loop->at, fn_const(fn, DT_I64, (union scalar){.i = 0}, loc));
    loop->header = fn_begin_loop(fn, "rows", loc);
    loop->exit = fn_block(fn, "after", loc);
    block_id body = fn_block(fn, "body", loc);
    value_id at = fn_read(fn, loop->at);
    ssa_br(&fn->ssa, fn->block, fn_op2(fn, OP_lt, DT_BOOL, at, stop, loc), body, loop->exit, loc);
    fn_enter(fn, body);
    return at;
}

void view_loop_end(struct fn *fn, struct view_loop *loop)
{
    value_id one = fn_const(fn, DT_I64, (union scalar){.i = 1}, loop->loc);
    value_id at = fn_read(fn, loop->at);
    fn_write(fn, loop->at, fn_op2(fn, OP_add, DT_I64, at, one, loop->loc));
    fn_jump(fn, loop->header);
    ssa_seal(&fn->ssa, loop->header);
    fn_enter(fn, loop->exit);
    fn->views->round = loop->round.outer;
}

/* ---- tensors made row by row --------------------------------------------------------- */

static value_id unrolled(struct fn *fn, int64_t count, struct type type, view_row *make,
                         void *user, struct loc loc)
{
    value_id rows[LARGEST_UNROLLED];
    for (int64_t i = 0; i < count; i++)
        rows[i] = make(fn, user, fn_const(fn, DT_I64, (union scalar){.i = i}, loc));
    return fn_inst(fn, INST_BUILD, type, rows, (uint32_t)count, loc)->results.at[0];
}

static value_id insert_row(struct fn *fn, value_id into, value_id place, value_id row,
                           struct loc loc)
{
    struct type type = *fn_type_of(fn, into);
    value_id args[] = {into, place, row};
    struct ir_inst *inst = fn_inst(fn, INST_INSERT, type, args, 3, loc);
    vec_push(fn->prog->arena, &inst->axes, ((struct ir_axis){.kind = AXIS_AT}));
    for (uint32_t axis = 1; axis < type.shape.rank; axis++) {
        struct ir_axis whole = {AXIS_RANGE, 0, 1, type.shape.dim[axis]};
        vec_push(fn->prog->arena, &inst->axes, whole);
    }
    return inst->results.at[0];
}

value_id view_tabulate(struct fn *fn, int64_t count, struct type row, view_row *make, void *user,
                       struct loc loc)
{
    struct type type = {row.dtype, {.rank = (uint8_t)(row.shape.rank + 1), .dim = {count}}};
    for (uint32_t axis = 0; axis < row.shape.rank; axis++)
        type.shape.dim[axis + 1] = row.shape.dim[axis];
    if (count > 0 && count <= LARGEST_UNROLLED)
        return unrolled(fn, count, type, make, user, loc);
    leaf_id made = ssa_leaf_new(&fn->ssa, type, NULL, loc);
    fn_write(fn, made, fn_splat(fn, type, (union scalar){.u = 0}, loc));
    struct view_loop loop;
    value_id at = view_loop_begin(fn, &loop, count, loc);
    value_id element = make(fn, user, at);
    fn_write(fn, made, insert_row(fn, fn_read(fn, made), at, element, loc));
    view_loop_end(fn, &loop);
    return fn_read(fn, made);
}

/* ---- before the loop ----------------------------------------------------------------- */

static void hold(struct fn *fn, const struct typed_expr *expr, unsigned kind, value_id value)
{
    id_map_put(&fn->views->held, id_map_key(expr, kind), value);
}

value_id view_held(struct fn *fn, const struct typed_expr *expr, unsigned kind)
{
    value_id value = IR_NONE;
    id_map_get(&fn->views->held, id_map_key(expr, kind), &value);
    return value;
}

static void prepare_index(struct fn *fn, const struct typed_expr *expr)
{
    struct region region =
        region_indexes(fn, &expr->axes, &expr->args.at[0]->ty->tensor.shape);
    region_check(fn, &region);
    id_map_put(&fn->views->region_of, id_map_key(expr, 0), fn->views->regions.len);
    vec_push(fn->scratch, &fn->views->regions, region);
}

struct region view_region(struct fn *fn, const struct typed_expr *expr)
{
    uint32_t region = 0;
    id_map_get(&fn->views->region_of, id_map_key(expr, 0), &region);
    return fn->views->regions.at[region];
}

/* All rows that a view of indexes asks for are checked in a loop of their own. */
static void check_rows(struct fn *fn, const struct typed_expr *take)
{
    const struct typed_expr *index = take->args.at[1];
    const struct shape *shape = &index->ty->tensor.shape;
    struct view_places places = view_nowhere();
    struct view_loop loops[SHAPE_MAX_RANK];
    uint32_t depth = 0;
    leaf_id good = ssa_leaf_new(&fn->ssa, type_scalar(DT_BOOL), NULL, take->loc);
    fn_write(fn, good, fn_const(fn, DT_BOOL, (union scalar){.u = 1}, take->loc));
    for (uint32_t axis = 0; axis < shape->rank; axis++)
        if (shape->dim[axis] < 0)
            places.at[axis] = view_loop_begin(fn, &loops[depth++], shape->dim[axis], take->loc);
    int64_t dim = take->args.at[0]->ty->tensor.shape.dim[0];
    value_id inside = index_inside(fn, view_slice(fn, index, &places), dim, take->loc);
    inside = fn_all(fn, inside, take->loc);
    fn_write(fn, good, fn_op2(fn, OP_and, DT_BOOL, fn_read(fn, good), inside, take->loc));
    while (depth > 0)
        view_loop_end(fn, &loops[--depth]);
    fn_check(fn, fn_read(fn, good), FAULT_BOUNDS, take, take->loc, index_text(fn, 0, dim));
}

static void prepare_take(struct fn *fn, const struct typed_expr *expr)
{
    const struct typed_expr *index = expr->args.at[1];
    int64_t dim = expr->args.at[0]->ty->tensor.shape.dim[0];
    if (has_run_time_extent(index->ty))
        check_rows(fn, expr);
    else
        hold(fn, index, 1, index_rows(fn, view_held(fn, index, 0), dim, expr, expr->loc));
}

static void prepare_operands(struct fn *fn, const struct typed_expr *expr)
{
    if (expr->kind == TX_IF) { /* a block with a value */
        stmt_block(fn, expr->arms.at[0].block);
        view_prepare(fn, expr->arms.at[0].block->value);
    }
    for (uint32_t i = 0; i < expr->args.len; i++)
        view_prepare(fn, expr->args.at[i]);
    if (expr->kind == TX_INDEX)
        prepare_index(fn, expr);
    else if (expr->kind == TX_TAKE)
        prepare_take(fn, expr);
    else if ((expr->op == OP_min || expr->op == OP_max) && view_reduces(expr))
        view_check_not_empty(fn, expr);
}

void view_prepare(struct fn *fn, const struct typed_expr *expr)
{
    uint32_t is_named;
    if (id_map_get(&fn->views->named, id_map_key(expr, 0), &is_named))
        return;
    if (has_run_time_extent(expr->ty))
        prepare_operands(fn, expr);
    else
        hold(fn, expr, 0, expr_value(fn, expr));
}

/* ---- names and values ---------------------------------------------------------------- */

static void need_views(struct fn *fn)
{
    if (fn->views)
        return;
    fn->views = ARENA_NEW(fn->scratch, struct views);
    id_map_init(&fn->views->held, fn->scratch);
    id_map_init(&fn->views->region_of, fn->scratch);
    id_map_init(&fn->views->named, fn->scratch);
}

void view_name(struct fn *fn, const struct typed_expr *expr)
{
    need_views(fn);
    if (fn_is_dead(fn))
        return;
    view_prepare(fn, expr);
    id_map_put(&fn->views->named, id_map_key(expr, 0), 1);
}

value_id view_value(struct fn *fn, const struct typed_expr *expr)
{
    need_views(fn);
    if (fn_is_dead(fn))
        return ssa_undefined(&fn->ssa, fn->block, expr->ty->tensor);
    prepare_operands(fn, expr);
    struct view_places nowhere = view_nowhere();
    return view_apply(fn, expr, &nowhere);
}

/* A name may stand in an expression more than once: its node is computed once in a round. */
static bool is_known(const struct view_known *known, const struct typed_expr *expr,
                     const struct view_places *places)
{
    bool same = known->expr == expr;
    for (uint32_t axis = 0; axis < SHAPE_MAX_RANK; axis++)
        same &= known->places.at[axis] == places->at[axis];
    return same;
}

value_id view_slice(struct fn *fn, const struct typed_expr *expr, const struct view_places *places)
{
    if (!has_run_time_extent(expr->ty))
        return view_held(fn, expr, 0);
    if (expr->kind == TX_IF)
        return view_slice(fn, expr->arms.at[0].block->value, places);
    struct view_round *round = fn->views->round;
    for (uint32_t i = 0; round && i < round->known.len; i++)
        if (is_known(&round->known.at[i], expr, places))
            return round->known.at[i].value;
    value_id value = view_apply(fn, expr, places);
    if (round)
        vec_push(fn->scratch, &round->known, ((struct view_known){expr, *places, value}));
    return value;
}
