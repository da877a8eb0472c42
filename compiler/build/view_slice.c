#include "build/view.h"

/* ---- shared arrays ------------------------------------------------------------------- */

/* Leading indexes first; an axis that stays whole before one with a place is gone through. */
struct load {
    const struct typed_expr *shared;
    struct view_places places;
    uint32_t axis; /* places before it are in args */
    value_id args[SHAPE_MAX_RANK];
};

static value_id load_row(struct fn *fn, void *user, value_id place);

static value_id load(struct fn *fn, struct load load)
{
    const struct shape *shape = &load.shared->ty->tensor.shape;
    while (load.axis < shape->rank && load.places.at[load.axis] != IR_NONE) {
        load.args[load.axis] = load.places.at[load.axis];
        load.axis++;
    }
    struct type type = {load.shared->ty->tensor.dtype, {0}};
    bool is_last = true;
    for (uint32_t axis = load.axis; axis < shape->rank; axis++) {
        is_last &= load.places.at[axis] == IR_NONE;
        if (axis > load.axis && load.places.at[axis] == IR_NONE)
            type.shape.dim[type.shape.rank++] = shape->dim[axis];
    }
    if (!is_last)
        return view_tabulate(fn, shape->dim[load.axis], type, load_row, &load, load.shared->loc);
    type.shape = view_shape(shape, &load.places);
    struct ir_inst *inst =
        fn_inst(fn, INST_LOAD, type, load.args, load.axis, load.shared->loc);
    inst->symbol = load.shared->symbol;
    return inst->results.at[0];
}

static value_id load_row(struct fn *fn, void *user, value_id place)
{
    struct load row = *(struct load *)user;
    row.places.at[row.axis] = place;
    return load(fn, row);
}

static value_id load_slice(struct fn *fn, const struct typed_expr *shared,
                           const struct view_places *places)
{
    return load(fn, (struct load){.shared = shared, .places = *places});
}

/* ---- indexes ------------------------------------------------------------------------- */

/* A view of a region of a view. The windows on axes with an extent of run time are made row by row,
 * which puts them first. */
struct pick {
    const struct typed_expr *expr, *base;
    struct region region;
    struct view_places places; /* of the base */
    uint32_t windows[SHAPE_MAX_RANK], window_count, next; /* axes of the base */
};

/* The axes of the base that have no place are cut to the region. */
static value_id pick_static(struct fn *fn, const struct pick *pick)
{
    value_id value = pick->base->kind == TX_SHARED ? load_slice(fn, pick->base, &pick->places)
                                                   : view_slice(fn, pick->base, &pick->places);
    struct typed_axis left[SHAPE_MAX_RANK];
    typed_axes axes = {.at = left};
    struct region region = {.axes = &axes, .is_checked = true};
    for (uint32_t i = 0; i < pick->region.axes->len; i++) {
        if (pick->places.at[i] != IR_NONE)
            continue;
        left[axes.len] = pick->region.axes->at[i];
        region.at[axes.len] = pick->region.at[i];
        region.of.dim[region.of.rank++] = pick->region.of.dim[i];
        axes.len++;
    }
    return region_is_whole(&region) ? value : region_read(fn, &region, value, pick->expr->loc);
}

static value_id pick_windows(struct fn *fn, const struct pick *pick);

static value_id pick_row(struct fn *fn, void *user, value_id place)
{
    struct pick row = *(struct pick *)user;
    uint32_t axis = row.windows[row.next++];
    row.places.at[axis] =
        fn_op2(fn, OP_add, DT_I64, row.region.at[axis], place, row.expr->loc);
    return pick_windows(fn, &row);
}

static value_id pick_windows(struct fn *fn, const struct pick *pick)
{
    if (pick->next == pick->window_count)
        return pick_static(fn, pick);
    struct type row = {pick->expr->ty->tensor.dtype, {0}};
    for (uint32_t i = pick->next + 1; i < pick->window_count; i++)
        row.shape.dim[row.shape.rank++] = pick->region.axes->at[pick->windows[i]].count;
    for (uint32_t i = 0; i < pick->region.axes->len; i++)
        if (pick->region.of.dim[i] >= 0 && pick->places.at[i] == IR_NONE
            && pick->region.axes->at[i].kind != TYPED_AXIS_AT)
            row.shape.dim[row.shape.rank++] = pick->region.axes->at[i].count;
    struct pick copy = *pick;
    return view_tabulate(fn, pick->region.axes->at[pick->windows[pick->next]].count, row, pick_row,
                         &copy, pick->expr->loc);
}

/* Windows are first: back to where the region has them. */
static value_id order_windows(struct fn *fn, const struct pick *pick, value_id value)
{
    uint8_t perm[SHAPE_MAX_RANK] = {0};
    uint32_t axis = 0, window = 0, other = pick->window_count;
    for (uint32_t i = 0; i < pick->region.axes->len; i++) {
        bool is_window =
            window < pick->window_count && pick->windows[window] == i;
        bool stays = pick->places.at[i] == IR_NONE
                     && pick->region.axes->at[i].kind != TYPED_AXIS_AT;
        if (is_window)
            perm[axis++] = (uint8_t)window++;
        else if (stays)
            perm[axis++] = (uint8_t)other++;
    }
    return fn_transpose(fn, value, perm, pick->expr->loc);
}

static value_id index_slice(struct fn *fn, const struct typed_expr *expr,
                            const struct view_places *places)
{
    struct pick pick = {
        .expr = expr,
        .base = expr->args.at[0],
        .region = view_region(fn, expr),
        .places = view_nowhere(),
    };
    bool leads = pick.base->kind == TX_SHARED; /* all axes before have a place */
    uint32_t from = 0;
    for (uint32_t i = 0; i < pick.region.axes->len; i++) {
        enum typed_axis_kind kind = pick.region.axes->at[i].kind;
        bool runs = pick.region.of.dim[i] < 0;
        if (kind == TYPED_AXIS_AT && (runs || leads))
            pick.places.at[i] = pick.region.at[i];
        else if (runs && kind == TYPED_AXIS_RANGE)
            pick.places.at[i] = places->at[from];
        else if (runs)
            pick.windows[pick.window_count++] = i;
        from += kind != TYPED_AXIS_AT;
        leads &= pick.places.at[i] != IR_NONE;
    }
    return order_windows(fn, &pick, pick_windows(fn, &pick));
}

/* ---- other index maps ---------------------------------------------------------------- */

static value_id broadcast_slice(struct fn *fn, const struct typed_expr *expr,
                                const struct view_places *places, const struct shape *shape)
{
    const struct typed_expr *operand = expr->args.at[0];
    const struct shape *from = &operand->ty->tensor.shape;
    uint32_t offset = expr->ty->tensor.shape.rank - from->rank;
    struct view_places inside = view_nowhere();
    struct shape kept = {0}; /* without the ones that are stretched over places */
    for (uint32_t axis = 0; axis < from->rank; axis++) {
        if (from->dim[axis] < 0)
            inside.at[axis] = places->at[axis + offset];
        else if (places->at[axis + offset] == IR_NONE)
            kept.dim[kept.rank++] = from->dim[axis];
    }
    value_id value = view_slice(fn, operand, &inside);
    return fn_broadcast(fn, fn_reshape(fn, value, &kept, expr->loc), shape, expr->loc);
}

/* Places go with the axes that have an extent of run time, in their order. */
static value_id reshape_slice(struct fn *fn, const struct typed_expr *expr,
                              const struct view_places *places, const struct shape *shape)
{
    const struct typed_expr *operand = expr->args.at[0];
    const struct shape *from = &operand->ty->tensor.shape;
    struct view_places inside = view_nowhere();
    uint32_t next = 0;
    for (uint32_t axis = 0; axis < from->rank; axis++) {
        if (from->dim[axis] >= 0)
            continue;
        while (places->at[next] == IR_NONE)
            next++;
        inside.at[axis] = places->at[next++];
    }
    return fn_reshape(fn, view_slice(fn, operand, &inside), shape, expr->loc);
}

static value_id transpose_slice(struct fn *fn, const struct typed_expr *expr,
                                const struct view_places *places)
{
    uint32_t rank = expr->ty->tensor.shape.rank, count = 0;
    struct view_places inside = view_nowhere();
    for (uint32_t axis = 0; axis < rank; axis++)
        inside.at[expr->perm[axis]] = places->at[axis];
    uint8_t position[SHAPE_MAX_RANK], perm[SHAPE_MAX_RANK] = {0};
    for (uint32_t axis = 0; axis < rank; axis++)
        if (inside.at[axis] == IR_NONE)
            position[axis] = (uint8_t)count++;
    count = 0;
    for (uint32_t axis = 0; axis < rank; axis++)
        if (places->at[axis] == IR_NONE)
            perm[count++] = position[expr->perm[axis]];
    return fn_transpose(fn, view_slice(fn, expr->args.at[0], &inside), perm, expr->loc);
}

/* ---- taken rows ---------------------------------------------------------------------- */

struct rows {
    const struct typed_expr *expr;
    struct view_places places; /* of the table */
    value_id flat;             /* the rows, i64[count] */
};

static value_id row_of_table(struct fn *fn, const struct rows *rows, value_id row)
{
    const struct typed_expr *table = rows->expr->args.at[0];
    struct view_places places = rows->places;
    if (table->ty->tensor.shape.dim[0] < 0) {
        places.at[0] = row;
        return view_slice(fn, table, &places);
    }
    value_id value = view_slice(fn, table, &places);
    const struct shape *shape = &fn_type_of(fn, value)->shape;
    struct typed_axis list[SHAPE_MAX_RANK] = {{.kind = TYPED_AXIS_AT}};
    typed_axes axes = {.at = list, .len = shape->rank};
    struct region region = {.axes = &axes, .of = *shape, .is_checked = true};
    for (uint32_t axis = 1; axis < shape->rank; axis++) {
        list[axis].step = 1;
        list[axis].count = shape->dim[axis];
        region.at[axis] = IR_NONE;
    }
    region.at[0] = row;
    return region_read(fn, &region, value, rows->expr->loc);
}

static value_id take_row(struct fn *fn, void *user, value_id place)
{
    const struct rows *rows = user;
    struct ir_inst *inst = fn_inst(fn, INST_EXTRACT, type_scalar(DT_I64),
                                   (value_id[]){rows->flat, place}, 2, rows->expr->loc);
    vec_push(fn->prog->arena, &inst->axes, ((struct ir_axis){.kind = AXIS_AT}));
    return row_of_table(fn, rows, inst->results.at[0]);
}

static value_id take_slice(struct fn *fn, const struct typed_expr *expr,
                           const struct view_places *places, const struct shape *shape)
{
    const struct typed_expr *table = expr->args.at[0], *index = expr->args.at[1];
    const struct shape *from = &table->ty->tensor.shape;
    uint32_t index_rank = index->ty->tensor.shape.rank;
    struct rows rows = {.expr = expr, .places = view_nowhere()};
    for (uint32_t axis = 1; axis < from->rank; axis++)
        rows.places.at[axis] = places->at[index_rank + axis - 1];
    struct view_places inside = view_nowhere();
    for (uint32_t axis = 0; axis < index_rank; axis++)
        inside.at[axis] = places->at[axis];
    value_id row = view_held(fn, index, 1);
    if (has_run_time_extent(index->ty))
        row = index_wrapped(fn, view_slice(fn, index, &inside), from->dim[0], expr->loc);
    const struct shape asked = fn_type_of(fn, row)->shape;
    if (asked.rank == 0)
        return row_of_table(fn, &rows, row);
    int64_t count = shape_elements(&asked);
    rows.flat = fn_reshape(fn, row, &(struct shape){.rank = 1, .dim = {count}}, expr->loc);
    struct type type = {expr->ty->tensor.dtype, {.rank = (uint8_t)(shape->rank - asked.rank)}};
    for (uint32_t axis = 0; axis < type.shape.rank; axis++)
        type.shape.dim[axis] = shape->dim[asked.rank + axis];
    value_id value = view_tabulate(fn, count, type, take_row, &rows, expr->loc);
    return fn_reshape(fn, value, shape, expr->loc);
}

/* ---- all nodes ----------------------------------------------------------------------- */

static uint8_t axis_left(const struct view_places *places, uint8_t axis)
{
    uint8_t left = 0;
    for (uint8_t i = 0; i < axis; i++)
        left = (uint8_t)(left + (places->at[i] == IR_NONE));
    return left;
}

/* Its operands have the axes of the result, from `shift` on. */
static value_id join_slices(struct fn *fn, const struct typed_expr *expr,
                            const struct view_places *places, uint32_t shift, struct type type)
{
    struct view_places inside = view_nowhere();
    for (uint32_t axis = shift; axis < SHAPE_MAX_RANK; axis++)
        inside.at[axis - shift] = places->at[axis];
    value_id *args = ARENA_ARRAY(fn->scratch, value_id, expr->args.len);
    for (uint32_t i = 0; i < expr->args.len; i++)
        args[i] = view_slice(fn, expr->args.at[i], &inside);
    if (expr->kind == TX_OP)
        return fn_op(fn, expr->op, type.dtype, args, expr->args.len, expr->loc);
    if (expr->kind == TX_CAST)
        return fn_convert(fn, args[0], type.dtype, expr->loc);
    value_id value = tensor_apply(fn, expr, args, type);
    if (expr->kind == TX_CONCAT)
        fn->func->insts.at[fn->func->values.at[value].inst].axis =
            axis_left(places, expr->axis);
    return value;
}

/* Along an axis that stays. */
static value_id arg_reduce_slice(struct fn *fn, const struct typed_expr *expr,
                                 const struct view_places *places, struct type type)
{
    struct view_places inside = view_nowhere();
    for (uint32_t axis = 0, from = 0; axis < expr->args.at[0]->ty->tensor.shape.rank; axis++)
        if (axis != expr->axis)
            inside.at[axis] = places->at[from++];
    value_id value = view_slice(fn, expr->args.at[0], &inside);
    struct ir_inst *inst = fn_inst(fn, INST_ARG_REDUCE, type, &value, 1, expr->loc);
    inst->op = expr->op;
    inst->axis = axis_left(&inside, expr->axis);
    return inst->results.at[0];
}

value_id view_apply(struct fn *fn, const struct typed_expr *expr, const struct view_places *places)
{
    struct type type = {expr->ty->tensor.dtype, view_shape(&expr->ty->tensor.shape, places)};
    switch (expr->kind) {
    case TX_SHARED: return load_slice(fn, expr, places);
    case TX_INDEX: return index_slice(fn, expr, places);
    case TX_BROADCAST: return broadcast_slice(fn, expr, places, &type.shape);
    case TX_RESHAPE: return reshape_slice(fn, expr, places, &type.shape);
    case TX_TRANSPOSE: return transpose_slice(fn, expr, places);
    case TX_TAKE: return take_slice(fn, expr, places, &type.shape);
    case TX_IOTA: return places->at[0];
    case TX_OP: case TX_CAST: case TX_CONCAT:
        return join_slices(fn, expr, places, 0, type);
    case TX_BUILD: return join_slices(fn, expr, places, 1, type);
    case TX_ARG_REDUCE:
        if (!view_reduces(expr))
            return arg_reduce_slice(fn, expr, places, type);
        return view_reduction(fn, expr, places);
    case TX_REDUCE: case TX_CONTRACT: return view_reduction(fn, expr, places);
    case TX_CONST: case TX_VAR: case TX_TARGET: case TX_CALL: case TX_MAKE: case TX_PART:
    case TX_AND: case TX_OR: case TX_IF: case TX_SAME: case TX_LANE_INDEX: case TX_EXTENT:
        break;
    }
    /* Not a view: sema should have refused it. No value may have its type, so the verifier will say
     * that this is our bug. */
    return fn_splat(fn, expr->ty->tensor, (union scalar){.u = 0}, expr->loc);
}
