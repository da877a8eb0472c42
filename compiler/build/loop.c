/* Loops. A counted loop over `start .. stop step s`, all of one integer type T (L28):
 *
 *   step 1 (or -1), or a stop no step can jump over: the plain form
 *     i = start;  loop: br i < stop ? body : after;  body: ..; i += step; jmp loop
 *
 *   any other step: T's unsigned twin counts the distance that is left, which never overflows
 *     i = start;  left = start < stop ? stop - start : 0  (of start - stop, counting down)
 *     loop: br left != 0 ? body : after;
 *     body: ..; i += step; left = left > |step| ? left - |step| : 0; jmp loop
 *   The last `i += step` may wrap; that value is not used. */
#include "build/fn.h"

static void enter_body(struct fn *fn, const struct typed_stmt *stmt, block_id body)
{
    fn_enter(fn, body);
    if (!stmt->is_uncounted)
        fn_step(fn, stmt, stmt->loc);
    stmt_block(fn, stmt->block);
}

block_id fn_begin_loop(struct fn *fn, const char *hint, struct loc loc)
{
    block_id header = fn_block(fn, hint, loc);
    fn->func->blocks.at[header].is_loop = true;
    fn_jump(fn, header);
    fn->block = header;
    return header;
}

void loop_while(struct fn *fn, const struct typed_stmt *stmt)
{
    block_id header = fn_begin_loop(fn, "loop", stmt->loc);
    block_id body = fn_block(fn, "body", stmt->block->loc);
    block_id exit = fn_block(fn, "after", stmt->loc);
    expr_branch(fn, stmt->condition, body, exit);
    struct fn_loop loop = {exit, header, fn->loop};
    fn->loop = &loop;
    enter_body(fn, stmt, body);
    fn->loop = loop.outer;
    fn_jump(fn, header);
    ssa_seal(&fn->ssa, header);
    fn_enter(fn, exit);
}

/* ---- for ----------------------------------------------------------------------------- */

/* UNKNOWN: the step is a value of run time, or 0. */
enum direction { UNKNOWN, UP, DOWN };

struct counted {
    enum dtype dtype, twin; /* of the variable | the unsigned type of its width */
    leaf_id variable, left; /* `left` general form only */
    value_id start, stop, step;
    value_id magnitude; /* |step| in the twin; general form only */
    bool plain;
    enum direction direction;
    struct loc loc;
};

static bool is_signed(enum dtype dtype)
{
    return dtype_table[dtype].cls == CLASS_INT;
}

static enum dtype unsigned_twin(enum dtype dtype)
{
    return is_signed(dtype) ? (enum dtype)(dtype - DT_I8 + DT_U8) : dtype;
}

static int64_t signed_max(enum dtype dtype)
{
    return (int64_t)(UINT64_MAX >> (65 - 8 * dtype_table[dtype].bytes));
}

/* Whether `i += step` stays in range for every i before `stop`. The step is a constant not 0. */
static bool cannot_wrap(const struct typed_expr *stop, union scalar step, enum dtype dtype)
{
    if (step.i == 1 || (is_signed(dtype) && step.i == -1))
        return true;
    if (stop->kind != TX_CONST)
        return false;
    if (!is_signed(dtype)) {
        uint64_t max = UINT64_MAX >> (64 - 8 * dtype_table[dtype].bytes);
        return stop->constant.u <= max - (step.u - 1);
    }
    int64_t max = signed_max(dtype);
    return step.i > 0 ? stop->constant.i <= max - (step.i - 1)
                      : stop->constant.i >= -max - 1 - (step.i + 1);
}

static void choose_form(const struct typed_stmt *stmt, struct counted *loop)
{
    if (!stmt->step) {
        loop->plain = true;
        loop->direction = UP;
    } else if (stmt->step->kind == TX_CONST && stmt->step->constant.u != 0) {
        union scalar step = stmt->step->constant;
        loop->plain = cannot_wrap(stmt->stop, step, loop->dtype);
        loop->direction = is_signed(loop->dtype) && step.i < 0 ? DOWN : UP;
    }
}

static value_id choose(struct fn *fn, enum dtype dtype, value_id condition, value_id yes,
                       value_id no, struct loc loc)
{
    return fn_op(fn, OP_select, dtype, (value_id[]){condition, yes, no}, 3, loc);
}

static value_id zero_of(struct fn *fn, enum dtype dtype, struct loc loc)
{
    return fn_const(fn, dtype, (union scalar){.u = 0}, loc);
}

/* The distance from `low` to `high` in the twin if low < high, else 0. */
static value_id distance(struct fn *fn, const struct counted *loop, value_id low, value_id high)
{
    value_id ahead = fn_op2(fn, OP_lt, DT_BOOL, low, high, loop->loc);
    value_id far = fn_convert(fn, high, loop->twin, loop->loc);
    value_id near = fn_convert(fn, low, loop->twin, loop->loc);
    value_id between = fn_op2(fn, OP_sub, loop->twin, far, near, loop->loc);
    return choose(fn, loop->twin, ahead, between, zero_of(fn, loop->twin, loop->loc), loop->loc);
}

/* A step of run time: both ways, and none for 0. */
static value_id either_way(struct fn *fn, struct counted *loop)
{
    struct loc loc = loop->loc;
    value_id step = fn_convert(fn, loop->step, loop->twin, loc);
    value_id zero = zero_of(fn, loop->dtype, loc);
    value_id left = distance(fn, loop, loop->start, loop->stop);
    loop->magnitude = step;
    if (is_signed(loop->dtype)) {
        value_id down = fn_op2(fn, OP_lt, DT_BOOL, loop->step, zero, loc);
        value_id negated = fn_op(fn, OP_neg, loop->twin, &step, 1, loc);
        loop->magnitude = choose(fn, loop->twin, down, negated, step, loc);
        left = choose(fn, loop->twin, down, distance(fn, loop, loop->stop, loop->start), left, loc);
    }
    value_id moves = fn_op2(fn, OP_ne, DT_BOOL, loop->step, zero, loc);
    return choose(fn, loop->twin, moves, left, zero_of(fn, loop->twin, loc), loc);
}

static value_id one_way(struct fn *fn, struct counted *loop, union scalar step)
{
    bool down = loop->direction == DOWN;
    union scalar magnitude = {.u = down ? UINT64_C(0) - step.u : step.u};
    loop->magnitude = fn_const(fn, loop->twin, magnitude, loop->loc);
    return down ? distance(fn, loop, loop->stop, loop->start)
                : distance(fn, loop, loop->start, loop->stop);
}

static void begin_general(struct fn *fn, const struct typed_stmt *stmt, struct counted *loop)
{
    value_id left =
        loop->direction == UNKNOWN ? either_way(fn, loop) : one_way(fn, loop, stmt->step->constant);
    name hint = name_of_text(fn->prog->names, "left");
    loop->left = ssa_leaf_new(&fn->ssa, type_scalar(loop->twin), hint, loop->loc);
    fn_write(fn, loop->left, left);
}

static value_id goes_on(struct fn *fn, const struct counted *loop)
{
    if (loop->plain) {
        value_id variable = fn_read(fn, loop->variable);
        return fn_op2(fn, loop->direction == DOWN ? OP_gt : OP_lt, DT_BOOL, variable, loop->stop,
                   loop->loc);
    }
    value_id left = fn_read(fn, loop->left);
    return fn_op2(fn, OP_ne, DT_BOOL, left, zero_of(fn, loop->twin, loop->loc), loop->loc);
}

static void advance(struct fn *fn, const struct counted *loop)
{
    value_id variable = fn_read(fn, loop->variable);
    fn_write(fn, loop->variable, fn_op2(fn, OP_add, loop->dtype, variable, loop->step, loop->loc));
    if (loop->plain)
        return;
    value_id left = fn_read(fn, loop->left);
    value_id more = fn_op2(fn, OP_gt, DT_BOOL, left, loop->magnitude, loop->loc);
    value_id rest = fn_op2(fn, OP_sub, loop->twin, left, loop->magnitude, loop->loc);
    value_id none = zero_of(fn, loop->twin, loop->loc);
    fn_write(fn, loop->left, choose(fn, loop->twin, more, rest, none, loop->loc));
}

void loop_for(struct fn *fn, const struct typed_stmt *stmt)
{
    struct counted count = {
        .dtype = stmt->start->ty->tensor.dtype,
        .variable = fn->var_leaf[stmt->var],
        .loc = stmt->loc,
    };
    count.twin = unsigned_twin(count.dtype);
    count.start = expr_value(fn, stmt->start);
    count.stop = expr_value(fn, stmt->stop);
    count.step = stmt->step ? expr_value(fn, stmt->step)
                            : fn_const(fn, count.dtype, (union scalar){.u = 1}, stmt->loc);
    choose_form(stmt, &count);
    fn_write(fn, count.variable, count.start);
    if (!count.plain)
        begin_general(fn, stmt, &count);
    block_id header = fn_begin_loop(fn, "for", stmt->loc);
    block_id body = fn_block(fn, "body", stmt->block->loc);
    block_id next = fn_block(fn, "next", stmt->loc);
    block_id exit = fn_block(fn, "after", stmt->loc);
    ssa_br(&fn->ssa, fn->block, goes_on(fn, &count), body, exit, stmt->loc);
    struct fn_loop loop = {exit, next, fn->loop};
    fn->loop = &loop;
    enter_body(fn, stmt, body);
    fn->loop = loop.outer;
    fn_jump(fn, next);
    fn_enter(fn, next);
    if (!fn_is_dead(fn)) {
        advance(fn, &count);
        fn_jump(fn, header);
    }
    ssa_seal(&fn->ssa, header);
    fn_enter(fn, exit);
}
