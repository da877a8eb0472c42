/* Statements and blocks, and how control flows through them (L25 to L28). */
#include "sema/tensor.h"

#include <string.h>

/* ---- expression statements ------------------------------------------------------------------- */

static void report_unused_value(struct checker *cx, const struct ast_expr *expr)
{
    struct diag *diag = sema_error(cx, AB0405, expr->loc, "this value is not used");
    if (expr->kind == AST_BINARY && expr->op == AST_EQ && diag)
        sema_edit(cx, diag, expr->op_loc, "an assignment is written with one `=`", "=");
    else if (expr->kind == AST_UNARY || expr->kind == AST_TUPLE || expr->kind == AST_LIST
             || expr->in_parentheses)
        sema_help(cx, diag, "to go on with the line above, end that line with the operator");
    else
        sema_help(cx, diag, "only calls may stand alone; a function gives its value by `return`");
}

static bool has_inout(const struct typed_expr *call)
{
    if (call && call->kind == TX_IF && call->arms.len == 1) /* the function called was held */
        call = call->arms.at[0].block->value;
    for (uint32_t i = 0; call && i < call->call_args.len; i++)
        if (call->call_args.at[i].place)
            return true;
    return false;
}

static void check_call_stmt(struct checker *cx, const struct ast_stmt *stmt,
                            struct typed_block *block)
{
    struct operand value = check_expr(cx, stmt->expr, NULL);
    if (ty_is_unsure(value.ty))
        return;
    if (value.ty != cx->types.unit && value.ty->kind != TY_NEVER && !has_inout(value.expr)) {
        struct diag *diag = sema_error(cx, AB0406, stmt->expr->loc,
                                       "the result of this call, %s, is dropped",
                                       text_of(cx, value.ty));
        struct loc before = {stmt->expr->loc.file, stmt->expr->loc.begin, stmt->expr->loc.begin};
        sema_edit(cx, diag, before, "to drop it on purpose, say so", "let _ = ");
        return;
    }
    struct typed_stmt *typed = ts_new(cx, TS_EXPR, stmt->loc);
    typed->value = settle_operand(cx, &value);
    if (typed->value)
        vec_push(cx->memory, &block->stmts, typed);
}

static void check_expr_stmt(struct checker *cx, const struct ast_stmt *stmt,
                            struct typed_block *block)
{
    if (stmt->expr->kind == AST_CALL) {
        check_call_stmt(cx, stmt, block);
    } else if (stmt->expr->kind == AST_IF && !stmt->expr->in_parentheses) {
        struct typed_stmt *typed = ts_new(cx, TS_EXPR, stmt->loc);
        typed->value = check_if(cx, stmt->expr, false, NULL).expr;
        vec_push(cx->memory, &block->stmts, typed);
    } else if (stmt->expr->kind == AST_LIST) {
        report_unused_value(cx, stmt->expr);
    } else if (check_expr(cx, stmt->expr, NULL).ty->kind != TY_ERROR) {
        report_unused_value(cx, stmt->expr);
    }
}

/* ---- loops ----------------------------------------------------------------------------------- */

static bool is_true(const struct ast_expr *expr)
{
    return expr->kind == AST_BOOL && expr->truth;
}

/* The body of a loop; cx->pass->flow is then what holds after the loop, given what holds when it
 * ends by itself (dead if it does not). */
static struct typed_block *check_loop_body(struct checker *cx, const struct ast_block *body,
                                           struct flow at_end)
{
    struct loop loop = {.after = at_end, .outer = cx->pass->loop};
    cx->pass->loop = &loop;
    struct typed_block *typed = check_block(cx, body, false, NULL).typed;
    cx->pass->loop = loop.outer;
    cx->pass->flow = loop.after;
    return typed;
}

static void check_while(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_WHILE, stmt->loc);
    struct operand condition = check_condition(cx, stmt->expr, "a condition");
    bool is_endless = is_true(stmt->expr);
    if (!is_endless)
        warn_constant_condition(cx, &condition, "while");
    typed->condition = condition.expr;
    struct flow at_end = is_endless ? flow_dead() : flow_copy(cx, &cx->pass->flow);
    typed->block = check_loop_body(cx, stmt->block, at_end);
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- for row in t ---------------------------------------------------------------------------- */

static void refuse_rows(struct checker *cx, const struct ast_stmt *stmt, const struct ty *ty)
{
    struct diag *diag =
        sema_error(cx, AB0412, stmt->expr->loc,
                   "a loop runs over a range or the rows of a tensor, not over %s",
                   text_of(cx, ty));
    if (ty_is_scalar(ty) && diag)
        sema_edit(cx, diag, stmt->expr->loc, "count from 0", "0..%s",
                  source_text(cx, stmt->expr->loc));
}

/* The row of this round: x[i]. */
static struct operand row_operand(struct checker *cx, struct loc loc, struct operand rows,
                                  struct typed_expr *i)
{
    struct shape shape = {0};
    struct typed_expr *node = tx_new(cx, TX_INDEX, loc, rows.ty);
    for (uint8_t k = 0; k < ty_shape(rows.ty)->rank; k++) {
        struct typed_axis all = {TYPED_AXIS_RANGE, NULL, loc, 0, 1, ty_shape(rows.ty)->dim[k]};
        struct typed_axis at = {TYPED_AXIS_AT, i, loc, 0, 1, 1};
        vec_push(cx->memory, &node->axes, k ? all : at);
        if (k)
            shape.dim[shape.rank++] = all.count;
    }
    return mapped_operand(cx, node, rows, ty_tensor(&cx->types, ty_dtype(rows.ty), &shape), NULL);
}

/* A variable for the row, set where the body begins. */
static void declare_row(struct checker *cx, const struct ast_stmt *stmt, struct operand row,
                        bool is_passing, struct typed_block *body)
{
    struct local *local = declare_local(cx, LOCAL_LOOP, stmt->variable, stmt->variable_loc, row.ty);
    local->is_passing = is_passing;
    if (!row.expr)
        return;
    row.expr->loc = stmt->variable_loc;
    struct typed_expr *held = tx_hold(cx, body, row.expr);
    if (held->kind != TX_VAR) {
        local->view = held;
        return;
    }
    local->var = held->var;
    cx->pass->typed->vars.at[held->var].name = stmt->variable;
    cx->pass->typed->vars.at[held->var].loc = stmt->variable_loc;
}

/* for row in t { .. } is let rows = t; for i in 0..n { let row = rows[i]; .. } */
static void check_for_rows(struct checker *cx, const struct ast_stmt *stmt,
                           struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_FOR, stmt->loc);
    uint32_t reads = cx->pass->weak_reads.len;
    struct operand rows = check_expr(cx, stmt->expr, NULL), row = op_unknown(cx, stmt->expr->loc);
    const struct ty *i64 = cx->types.scalars[DT_I64];
    bool is_good = ty_is_tensor(rows.ty) && !ty_is_scalar(rows.ty);
    if (!is_good && !ty_is_unsure(rows.ty))
        refuse_rows(cx, stmt, rows.ty);
    scope_open(cx);
    struct flow at_end = flow_copy(cx, &cx->pass->flow);
    struct typed_block *head = ARENA_NEW(cx->memory, struct typed_block);
    typed->var = declare_var(cx, NULL, stmt->expr->loc, i64);
    if (is_good) {
        struct operand extent = extent_operand(cx, stmt->expr->loc, rows.ty, 0);
        typed->start = tx_const(cx, stmt->expr->loc, DT_I64, (union scalar){.i = 0});
        typed->stop = settle_operand(cx, &extent);
        if (settle_operand(cx, &rows))
            rows.expr = tx_hold(cx, block, rows.expr);
        row = row_operand(cx, stmt->variable_loc, rows,
                          tx_var(cx, stmt->variable_loc, typed->var, i64));
    } else if (rows.ty->kind != TY_UNKNOWN) {
        row = op_error(cx, stmt->expr->loc);
    }
    if (strcmp(stmt->variable, "_"))
        declare_row(cx, stmt, row, cx->pass->weak_reads.len > reads, head);
    typed->block = check_loop_body(cx, stmt->block, at_end);
    scope_close(cx);
    for (uint32_t i = 0; i < typed->block->stmts.len; i++)
        vec_push(cx->memory, &head->stmts, typed->block->stmts.at[i]);
    typed->block->stmts.at = head->stmts.at;
    typed->block->stmts.len = head->stmts.len;
    typed->block->stmts.cap = head->stmts.cap;
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- for i in a..b --------------------------------------------------------------------------- */

enum { FOR_START, FOR_STOP, FOR_STEP, FOR_VALUES };

/* The common integer type of the bounds and the step. */
static const struct ty *range_type(struct checker *cx, const struct operand *values,
                                   uint32_t count)
{
    enum dtype dtypes[FOR_VALUES];
    const struct ty *bad = spoiled(values, count);
    if (bad)
        return bad->kind == TY_NEVER ? cx->types.error : bad;
    for (uint32_t i = 0; i < count; i++) {
        if (!ty_is_scalar(values[i].ty) || !dtype_is_integer(ty_dtype(values[i].ty))) {
            struct diag *diag = sema_error(cx, AB0412, values[i].loc,
                                           "the range of a loop needs integers, not %s",
                                           text_of(cx, values[i].ty));
            if (ty_is_scalar(values[i].ty) && diag)
                sema_edit(cx, diag, values[i].loc, "convert it", "i64(%s)",
                          source_text(cx, values[i].loc));
            return cx->types.error;
        }
        dtypes[i] = ty_dtype(values[i].ty);
    }
    enum dtype common = dtype_promote_all(dtypes, count);
    if (dtype_is_integer(common))
        return cx->types.scalars[common];
    struct diag *diag = sema_error(cx, AB0412, loc_join(values[0].loc, values[1].loc),
                                   "u64 and a signed integer have no common integer type");
    sema_help(cx, diag, "cast one of them");
    return cx->types.error;
}

static void check_for(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_FOR, stmt->loc);
    struct operand values[FOR_VALUES];
    uint32_t count = stmt->step ? 3 : 2, reads = cx->pass->weak_reads.len;
    values[FOR_START] = check_expr(cx, stmt->expr, NULL);
    values[FOR_STOP] = check_expr(cx, stmt->stop, NULL);
    if (stmt->step)
        values[FOR_STEP] = check_expr(cx, stmt->step, NULL);
    const struct ty *ty = range_type(cx, values, count);
    if (!ty_is_unsure(ty)) {
        for (uint32_t i = 0; i < count; i++)
            values[i] = convert_operand(cx, values[i], ty, NULL);
        typed->start = settle_operand(cx, &values[FOR_START]);
        typed->stop = settle_operand(cx, &values[FOR_STOP]);
        typed->step = stmt->step ? settle_operand(cx, &values[FOR_STEP]) : NULL;
    }
    scope_open(cx);
    struct flow at_end = flow_copy(cx, &cx->pass->flow);
    typed->var = declare_var(cx, stmt->variable, stmt->variable_loc, ty);
    if (strcmp(stmt->variable, "_")) {
        bool is_passing = cx->pass->weak_reads.len > reads;
        struct local *local =
            declare_local(cx, LOCAL_LOOP, stmt->variable, stmt->variable_loc, ty);
        local->var = typed->var;
        local->is_passing = is_passing;
    }
    typed->block = check_loop_body(cx, stmt->block, at_end);
    scope_close(cx);
    vec_push(cx->memory, &block->stmts, typed);
}

static void check_jump(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    bool is_break = stmt->kind == AST_BREAK;
    if (!cx->pass->loop) {
        sema_error(cx, AB0404, stmt->loc, "`%s` stands outside of a loop",
                   is_break ? "break" : "continue");
        return;
    }
    if (is_break)
        flow_join(cx, &cx->pass->loop->after, &cx->pass->flow);
    cx->pass->flow = flow_dead();
    vec_push(cx->memory, &block->stmts,
             ts_new(cx, is_break ? TS_BREAK : TS_CONTINUE, stmt->loc));
}

/* ---- return and fault ------------------------------------------------------------------------ */

/* The result type as it stands: stated, or what the last pass has found; NULL while inferring. */
static const struct ty *wanted_result(struct checker *cx)
{
    struct pass *pass = cx->pass;
    const struct ty *stated = pass->inst->stated;
    if (stated || pass->inst->decl->ast->kind == AST_TEST)
        return stated ? stated : cx->types.unit;
    return pass->is_final && !pass->inst->is_probe ? pass->inst->result : NULL;
}

static void join_result(struct checker *cx, const struct ast_stmt *stmt, const struct ty *ty)
{
    struct pass *pass = cx->pass;
    const struct ty *joined = pass->returns ? ty_join(&cx->types, pass->returns, ty) : ty;
    if (!joined) {
        struct diag *diag =
            sema_error(cx, AB0305, stmt->expr->loc,
                       "this returns %s, but an earlier return gives %s", text_of(cx, ty),
                       text_of(cx, pass->returns));
        sema_note(cx, diag, pass->value_loc, "the first return");
        if (ty_is_function(ty))
            sema_help(cx, diag, "which function is returned must be known at compile time");
        joined = cx->types.error;
    }
    pass->returns = joined;
}

static void note_return(struct checker *cx, const struct ast_stmt *stmt, bool has_value)
{
    struct pass *pass = cx->pass;
    if (has_value && !pass->returns_value)
        pass->value_loc = stmt->loc;
    if (!has_value && !pass->returns_plain)
        pass->plain_loc = stmt->loc;
    pass->returns_value |= has_value;
    pass->returns_plain |= !has_value;
}

/* What is known by its name only, or has no size yet, is no result. */
static bool refuse_result(struct checker *cx, const struct operand *value)
{
    if (refuse_name(cx, value, NAME_RESULT))
        return true;
    if (value->ty->kind == TY_META)
        sema_error(cx, AB0204, value->loc, "a dtype cannot be returned");
    else if (ty_has_extents(value->ty))
        sema_error(cx, AB0325, value->loc,
                   "%s cannot be a result: its size is known at run time only",
                   text_of(cx, value->ty));
    return value->ty->kind == TY_META || ty_has_extents(value->ty);
}

static struct operand result_operand(struct checker *cx, const struct ast_stmt *stmt)
{
    const struct ast_decl *ast = cx->pass->inst->decl->ast;
    const struct ty *wanted = wanted_result(cx);
    struct operand value = check_expr(cx, stmt->expr, wanted);
    if (refuse_result(cx, &value))
        value = op_error(cx, value.loc);
    if (ast->kind == AST_TEST) {
        if (value.ty != cx->types.unit && !ty_is_unsure(value.ty))
            sema_error(cx, AB0409, stmt->loc, "a test returns no value");
        return op_error(cx, value.loc);
    }
    const struct inst *inst = cx->pass->inst;
    struct expectation who = {.what = arena_printf(cx->memory, "the result of `%s`", ast->name)};
    if (ast->type)
        who.loc = ast->type->loc;
    if (inst->open_result)
        value = convert_operand(cx, value, inst->open_result, &who);
    if (value.ty->kind != TY_NEVER && !inst->stated)
        join_result(cx, stmt, value.ty);
    if (!wanted || value.ty->kind == TY_NEVER || ty_is_unsure(cx->pass->inst->result))
        return value;
    return convert_operand(cx, value, wanted, &who);
}

static void check_return(struct checker *cx, const struct ast_stmt *stmt,
                         struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_RETURN, stmt->loc);
    if (stmt->expr) {
        struct operand value = result_operand(cx, stmt);
        if (value.ty->kind == TY_NEVER)
            typed->kind = TS_EXPR;
        else if (!ty_is_unsure(value.ty))
            note_return(cx, stmt, value.ty != cx->types.unit);
        typed->value = ty_is_unsure(value.ty) ? NULL : settle_operand(cx, &value);
    } else {
        note_return(cx, stmt, false);
    }
    cx->pass->flow = flow_dead();
    vec_push(cx->memory, &block->stmts, typed);
}

static void check_fault(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_FAULT, stmt->loc);
    typed->text = stmt->message;
    cx->pass->flow = flow_dead();
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- all statements -------------------------------------------------------------------------- */

static void warn_dead_code(struct checker *cx, const struct ast_stmt *stmt)
{
    bool is_mistake = stmt->kind == AST_EXPR && stmt->expr->kind != AST_CALL
                      && stmt->expr->kind != AST_IF; /* which is reported itself */
    if (cx->pass->flow.is_reachable) {
        cx->pass->dead_code_reported = false;
    } else if (!cx->pass->dead_code_reported && !is_mistake) {
        sema_warn(cx, AB1005, stmt->loc, "this is never reached");
        cx->pass->dead_code_reported = true;
    }
}

static void check_stmt_kind(struct checker *cx, const struct ast_stmt *stmt,
                            struct typed_block *block)
{
    switch (stmt->kind) {
    case AST_LET:
    case AST_VAR:
        check_declaration(cx, stmt, block);
        break;
    case AST_EXPR:
        check_expr_stmt(cx, stmt, block);
        break;
    case AST_ASSIGN:
        check_assign(cx, stmt, block);
        break;
    case AST_ASSIGN_OP:
        check_assign_op(cx, stmt, block);
        break;
    case AST_WHILE:
        check_while(cx, stmt, block);
        break;
    case AST_FOR:
        if (stmt->stop)
            check_for(cx, stmt, block);
        else
            check_for_rows(cx, stmt, block);
        break;
    case AST_BREAK:
    case AST_CONTINUE:
        check_jump(cx, stmt, block);
        break;
    case AST_RETURN:
        check_return(cx, stmt, block);
        break;
    case AST_FAULT:
        check_fault(cx, stmt, block);
        break;
    case AST_ASSERT:
        check_assert(cx, stmt, block);
        break;
    case AST_ASSERT_CLOSE:
        check_assert_close(cx, stmt, block);
        break;
    case AST_ASSERT_FAULTS:
        check_assert_faults(cx, stmt, block);
        break;
    case AST_SHOW:
        check_show(cx, stmt, block);
        break;
    }
}

void check_stmt(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    uint32_t before = block->stmts.len;
    warn_dead_code(cx, stmt);
    bool is_sync = check_stmt_attrs(cx, stmt);
    check_stmt_kind(cx, stmt, block);
    if (is_sync && block->stmts.len > before)
        block->stmts.at[before]->is_sync = true;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Is the last statement the value of its block? `if` and blocks of calls may be. */
static bool is_value(const struct ast_block *block, uint32_t index)
{
    const struct ast_stmt *stmt = block->stmts.at[index];
    return index + 1 == block->stmts.len && stmt->kind == AST_EXPR && !stmt->attrs.len;
}

struct block_value check_block(struct checker *cx, const struct ast_block *block, bool wants_value,
                               const struct ty *expected)
{
    struct block_value result = {.typed = ARENA_NEW(cx->memory, struct typed_block)};
    result.typed->loc = block->loc;
    result.value = (struct operand){.ty = cx->types.unit, .loc = block->loc};
    scope_open(cx);
    for (uint32_t i = 0; i < block->stmts.len; i++) {
        const struct ast_stmt *stmt = block->stmts.at[i];
        if (wants_value && is_value(block, i)) {
            warn_dead_code(cx, stmt);
            result.value = check_expr(cx, stmt->expr, expected);
        } else {
            check_stmt(cx, stmt, result.typed);
        }
    }
    scope_close(cx);
    if (cx->pass->flow.is_reachable)
        return result;
    if (result.value.expr && result.value.ty->kind == TY_NEVER) {
        struct typed_stmt *last = ts_new(cx, TS_EXPR, result.value.loc);
        last->value = result.value.expr;
        vec_push(cx->memory, &result.typed->stmts, last);
    }
    result.value = (struct operand){.ty = cx->types.never, .loc = block->loc};
    return result;
}
