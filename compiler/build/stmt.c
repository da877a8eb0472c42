#include "build/fn.h"

/* Where a part of a value stands among its leaves. */
static uint32_t path_offset(const struct ty *ty, const uint32_t *path, uint32_t len)
{
    uint32_t offset = 0;
    for (uint32_t i = 0; i < len; i++) {
        offset += leaf_offset(ty, path[i]);
        ty = ty->parts.at[path[i]];
    }
    return offset;
}

/* Indexes of the targets, all of the value, then the stores from left to right (L1). */
static void store(struct fn *fn, const struct typed_stmt *stmt)
{
    struct place *places = ARENA_ARRAY(fn->scratch, struct place, stmt->targets.len);
    for (uint32_t t = 0; t < stmt->targets.len; t++)
        if (stmt->targets.at[t].place)
            places[t] = place_indexes(fn, stmt->targets.at[t].place);
    struct place *outer = fn->target;
    fn->target = stmt->targets.len == 1 ? places : NULL;
    const struct ty *ty = stmt->value->ty;
    value_id *values = ARENA_ARRAY(fn->scratch, value_id, ty->leaves);
    expr_leaves(fn, stmt->value, values, ty->leaves);
    fn->target = outer;
    for (uint32_t t = 0; t < stmt->targets.len && ty->kind != TY_NEVER; t++) {
        const struct typed_target *target = &stmt->targets.at[t];
        if (!target->place)
            continue;
        const value_id *from = values + path_offset(ty, target->from.at, target->from.len);
        place_write(fn, &places[t], from, stmt->loc);
    }
}

void stmt_return(struct fn *fn, const struct typed_expr *value, struct loc loc)
{
    const struct instance *instance = fn->instance;
    uint32_t count = fn->func->results.len, at = instance->result->leaves;
    value_id *results = ARENA_ARRAY(fn->scratch, value_id, count);
    if (value) {
        expr_returned(fn, value, results, at);
    } else {
        /* Falling off the end of a function with a result: sema has proved that nothing gets here.
         */
        for (uint32_t i = 0; i < at; i++)
            results[i] = ssa_undefined(&fn->ssa, fn->block, fn->func->results.at[i]);
    }
    for (uint32_t p = 0; p < instance->param_count; p++) {
        if (instance->vars.at[p].is_inout)
            for (uint32_t i = 0; i < instance->vars.at[p].ty->leaves; i++)
                results[at++] = fn_read(fn, fn->var_leaf[p] + i);
    }
    if (at < count)
        results[at] = fn_read(fn, fn->steps);
    ir_ret(fn->prog, fn->func, fn->block, results, count, loc);
    fn_dead(fn, loc);
}

/* In a test only the chosen assert is made; it ends the example. */
static bool is_left_out(const struct fn *fn, const struct typed_stmt *stmt)
{
    return fn->test && (fn->test->assertion != stmt || fn->test->leave_out);
}

static void assertion(struct fn *fn, const struct typed_stmt *stmt)
{
    if (is_left_out(fn, stmt))
        return;
    const char *text = stmt->text
                           ? stmt->text
                           : arena_printf(fn->program->arena, "%s is false",
                                          stmt->source_text ? stmt->source_text : "condition");
    fn_check(fn, expr_value(fn, stmt->condition), FAULT_ASSERT, stmt, stmt->loc, text);
}

static void assertion_faults(struct fn *fn, const struct typed_stmt *stmt)
{
    if (is_left_out(fn, stmt))
        return;
    expr_drop(fn, stmt->value);
    stmt_return(fn, NULL, stmt->loc);
}

static void fault(struct fn *fn, const struct typed_stmt *stmt)
{
    fault_id id = program_fault(fn->program, FAULT_ASSERT, stmt, stmt->loc, stmt->text);
    ir_fault_term(fn->prog, fn->func, fn->block, id, stmt->loc);
    fn_dead(fn, stmt->loc);
}

static void show(struct fn *fn, const struct typed_stmt *stmt)
{
    if (!fn->program->options->show)
        return;
    const struct ty *ty = stmt->value->ty;
    value_id *values = ARENA_ARRAY(fn->scratch, value_id, ty->leaves);
    const char **paths = ARENA_ARRAY(fn->scratch, const char *, ty->leaves);
    expr_leaves(fn, stmt->value, values, ty->leaves);
    leaf_paths(fn->program->arena, ty, stmt->text ? stmt->text : "", paths);
    for (uint32_t i = 0; i < ty->leaves && ty->kind != TY_NEVER; i++)
        ir_show(fn->prog, fn->func, fn->block, paths[i], &values[i], 1, stmt->loc);
}

static void leave_loop(struct fn *fn, block_id to, struct loc loc)
{
    fn_jump(fn, to);
    fn_dead(fn, loc);
}

static void start_sync(struct fn *fn, struct loc loc)
{
    block_id block = fn_block(fn, "sync", loc);
    fn->func->blocks.at[block].is_sync = true;
    fn_jump(fn, block);
    fn_enter(fn, block);
}

void stmt_any(struct fn *fn, const struct typed_stmt *stmt)
{
    if (stmt->is_sync)
        start_sync(fn, stmt->loc);
    switch (stmt->kind) {
    case TS_STORE: store(fn, stmt); break;
    case TS_EXPR: expr_drop(fn, stmt->value); break;
    case TS_WHILE: loop_while(fn, stmt); break;
    case TS_FOR: loop_for(fn, stmt); break;
    case TS_BREAK: leave_loop(fn, fn->loop->exit, stmt->loc); break;
    case TS_CONTINUE: leave_loop(fn, fn->loop->next, stmt->loc); break;
    case TS_RETURN: stmt_return(fn, stmt->value, stmt->loc); break;
    case TS_FAULT: fault(fn, stmt); break;
    case TS_ASSERT: assertion(fn, stmt); break;
    case TS_ASSERT_FAULTS: assertion_faults(fn, stmt); break;
    case TS_SHOW: show(fn, stmt); break;
    }
}

void stmt_block(struct fn *fn, const struct typed_block *block)
{
    for (uint32_t i = 0; i < block->stmts.len && !fn_is_dead(fn); i++)
        stmt_any(fn, block->stmts.at[i]);
}
