/* One walk over the body of an instance, to infer types or, the last time, for good. */
#include "sema/function.h"

#include <string.h>

/* ---- parameters ------------------------------------------------------------------------------ */

/* The name alone: behind `inout`, in front of the type. */
static struct loc param_name_loc(struct checker *cx, const struct ast_param *param)
{
    struct loc loc = param->loc;
    const char *text = source_text(cx, loc);
    uint32_t len = (uint32_t)strlen(param->name);
    if (param->mode != AST_PARAM_VALUE) {
        loc.begin += (uint32_t)strcspn(text, " \t\r\n#");
        const char *found = strstr(text + (loc.begin - param->loc.begin), param->name);
        if (found)
            loc.begin = param->loc.begin + (uint32_t)(found - text);
    }
    if (loc.begin + len < loc.end)
        loc.end = loc.begin + len;
    return loc;
}

static void declare_param_vars(struct checker *cx, const struct inst *inst)
{
    const struct ast_decl *ast = inst->decl->ast;
    struct instance *typed = cx->pass->typed;
    for (uint32_t i = 0; i < ast->params.len; i++) {
        const struct ast_param *param = &ast->params.at[i];
        if (!has_value(inst->params[i]))
            continue;
        var_id var = declare_var(cx, param->name, param_name_loc(cx, param), inst->params[i]);
        typed->vars.at[var].is_param = true;
        typed->vars.at[var].is_inout = param->mode == AST_PARAM_INOUT;
    }
}

/* A weak parameter that is assigned goes on as a variable, whose type is fixed like any other's. */
static void make_variable(struct checker *cx, struct local *local, uint32_t slot,
                          struct typed_block *block)
{
    var_id param = local->var;
    const struct ty *ty = slot_type(cx, slot, local->ty);
    const struct ty *held = ty_settled(&cx->types, local->ty);
    local->ty = ty;
    if (ty_settled(&cx->types, ty) == held)
        return;
    local->var = declare_var(cx, local->name, local->loc, ty);
    struct typed_stmt *store = ts_new(cx, TS_STORE, local->loc);
    struct typed_target *target = vec_add(cx->memory, &store->targets);
    target->place = ARENA_NEW(cx->memory, struct typed_place);
    *target->place = (struct typed_place){
        .var = local->var, .loc = local->loc, .ty = ty_settled(&cx->types, ty)};
    store->value = tx_cast(cx, tx_var(cx, local->loc, param, held), ty);
    vec_push(cx->memory, &block->stmts, store);
}

static void declare_param(struct checker *cx, struct inst *inst, uint32_t index, var_id *next_var,
                          struct typed_block *block)
{
    const struct ast_param *param = &inst->decl->ast->params.at[index];
    const struct ty *ty = inst->params[index];
    struct local *local =
        declare_local(cx, LOCAL_PARAM, param->name, param_name_loc(cx, param), ty);
    uint32_t slot = slot_of_next_var(cx);
    local->is_inout = param->mode == AST_PARAM_INOUT;
    if (ty->kind == TY_SHARED) {
        local->named = ty;
        local->ty = ty->parts.at[0];
    }
    if (!has_value(ty))
        return;
    local->var = (*next_var)++;
    if (!ty_is_weak(ty) || ty_is_function(ty))
        return;
    local->slot = slot;
    if (inst->slots.at[slot].is_written)
        make_variable(cx, local, slot, block);
}

static void declare_params(struct checker *cx, struct inst *inst, struct typed_block *block)
{
    var_id next_var = 0;
    for (uint32_t i = 0; i < inst->decl->ast->params.len; i++)
        declare_param(cx, inst, i, &next_var, block);
}

/* ---- the end of the body --------------------------------------------------------------------- */

static struct loc closing_brace(const struct ast_block *block)
{
    return (struct loc){block->loc.file, block->loc.end - 1, block->loc.end};
}

static void check_end(struct checker *cx, const struct inst *inst)
{
    const struct pass *pass = cx->pass;
    const struct ast_decl *ast = inst->decl->ast;
    const struct ty *stated = inst->stated;
    bool must_return =
        stated ? stated != cx->types.unit && !ty_is_unsure(stated) : pass->returns_value;
    if (must_return && pass->returns_plain) {
        struct diag *diag =
            sema_error(cx, AB0409, pass->plain_loc,
                       "`%s` returns a value, but this `return` has none", ast->name);
        sema_note(cx, diag, stated ? ast->type->loc : pass->value_loc,
                  stated ? "the result is stated here" : "a value is returned here");
    } else if (must_return && pass->flow.is_reachable) {
        struct diag *diag = sema_error(cx, AB0402, closing_brace(ast->block),
                                       "`%s` can end here without returning a value", ast->name);
        sema_note(cx, diag, stated ? ast->type->loc : pass->value_loc,
                  stated ? "the result is stated here" : "a value is returned here");
    }
}

static void check_result(struct checker *cx, const struct inst *inst)
{
    const struct ast_decl *ast = inst->decl->ast;
    if (inst->never_returns) {
        struct diag *diag = sema_error(cx, AB0506, ast->name_loc,
                                       "`%s` never returns: every path calls it again", ast->name);
        sema_help(cx, diag, "its result type is that of a path that ends without such a call");
    } else if (ast->exported && !ast->type && inst->result != cx->types.unit
               && !ty_is_unsure(inst->result)) {
        struct loc before = {ast->block->loc.file, ast->block->loc.begin, ast->block->loc.begin};
        struct diag *diag = sema_error(cx, AB0508, ast->name_loc,
                                       "the exported function `%s` must state its result type",
                                       ast->name);
        sema_edit(cx, diag, before, "state it", "-> %s ",
                  text_of(cx, ty_settled(&cx->types, inst->result)));
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

void walk_body(struct checker *cx, struct pass *pass)
{
    struct inst *inst = pass->inst;
    const struct ast_block *block = inst->decl->ast->block;
    struct typed_block *typed = ARENA_NEW(cx->memory, struct typed_block);
    cx->pass = pass;
    inst->decl->is_walked |= pass->is_final;
    pass->locals = map_new(cx->memory);
    pass->flow.is_reachable = true;
    typed->loc = block->loc;
    slots_begin(inst);
    if (inst->decl->sig.result_is_sized)
        state_result(cx, inst);
    declare_param_vars(cx, inst);
    scope_open(cx);
    declare_captures(cx, inst);
    pass->typed->param_count = pass->typed->vars.len;
    scope_open(cx);
    declare_sizes(cx, inst);
    declare_params(cx, inst, typed);
    for (uint32_t i = 0; i < block->stmts.len; i++)
        check_stmt(cx, block->stmts.at[i], typed);
    scope_close(cx);
    scope_close(cx);
    check_end(cx, inst);
    check_result(cx, inst);
    pass->typed->body = typed;
    pass->typed->result =
        ty_is_unsure(inst->result) ? cx->types.unit : ty_settled(&cx->types, inst->result);
}
