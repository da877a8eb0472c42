/* Arrays that the whole batch reads (L22): parameters of exports, known by their names. A function
 * that gets one is specialised to it, so nothing is passed at run time. */
#include "sema/function.h"

bool op_is_shared(const struct operand *operand)
{
    return operand->expr && operand->expr->kind == TX_SHARED && !ty_is_scalar(operand->ty);
}

const struct ty *shared_type_of(struct checker *cx, const struct operand *operand)
{
    return ty_shared(&cx->types, operand->ty, operand->expr->symbol);
}

struct operand use_named(struct checker *cx, const struct ty *named, struct loc loc)
{
    bool is_extent = named->kind == TY_EXTENT;
    const struct ty *ty = is_extent ? cx->types.scalars[DT_WEAK_INT] : named->parts.at[0];
    struct typed_expr *expr = tx_new(cx, is_extent ? TX_EXTENT : TX_SHARED, loc,
                                     ty_settled(&cx->types, ty));
    expr->symbol = (uint32_t)ty_number_of(named);
    return op_value(loc, expr, ty);
}

bool refuse_name(struct checker *cx, const struct operand *operand, enum name_use use)
{
    static const char *const uses[] = {[NAME_STORED] = "stored in a variable",
                                       [NAME_FIELD] = "a part of a struct",
                                       [NAME_PART] = "a part of a tuple",
                                       [NAME_RESULT] = "a result",
                                       [NAME_CHOSEN] = "chosen by an `if`"};
    bool may_be_function = use == NAME_PART || use == NAME_RESULT || use == NAME_CHOSEN;
    if (op_is_shared(operand)) {
        struct diag *diag = sema_error(cx, AB0513, operand->loc, "a shared array cannot be %s",
                                       uses[use]);
        sema_help(cx, diag, "it is known by its name; its elements, rows and slices are values");
        return true;
    }
    if (!ty_is_function(operand->ty) || may_be_function)
        return false;
    struct diag *diag =
        sema_error(cx, AB0514, operand->loc, "a function value cannot be %s", uses[use]);
    sema_help(cx, diag, "it is known at compile time: name it by `let`, or pass it on");
    return true;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static const struct ast_param *param_at(const struct user_call *call, uint32_t i)
{
    return &call->decl->ast->params.at[i];
}

void check_shared_arg(struct checker *cx, struct user_call *call, uint32_t param)
{
    struct operand *value = &call->values[param];
    const struct ty *wanted = call->wanted[param];
    if (ty_is_unsure(value->ty) || (wanted && ty_is_unsure(wanted)))
        return;
    bool is_shared = value->expr && value->expr->kind == TX_SHARED;
    struct diag *diag = NULL;
    if (!is_shared) {
        diag = sema_error(cx, AB0513, value->loc, "%s takes a shared array, not a value",
                          param_text(cx, call, param));
        sema_help(cx, diag, "only `shared` parameters of an exported function are shared arrays");
    } else if (wanted && wanted != value->ty) {
        diag = sema_error(cx, AB0301, value->loc, "%s takes a shared %s, not %s",
                          param_text(cx, call, param), text_of(cx, wanted),
                          text_of(cx, value->ty));
    } else {
        return;
    }
    sema_note(cx, diag, param_at(call, param)->loc, "`%s` is declared here",
              param_at(call, param)->name);
    value->ty = cx->types.error;
}

void check_value_arg(struct checker *cx, struct user_call *call, uint32_t param)
{
    struct operand *value = &call->values[param];
    const struct ast_param *at = param_at(call, param);
    if (op_is_shared(value) && call->decl->ast->params.at[param].type) {
        struct diag *diag = sema_error(cx, AB0513, value->loc,
                                       "%s is a value of each example, not a shared array",
                                       param_text(cx, call, param));
        struct loc before = {at->loc.file, at->loc.begin, at->loc.begin};
        sema_edit(cx, diag, before, "let it be one", "shared ");
        value->ty = cx->types.error;
    } else if (ty_is_tensor(value->ty) && ty_has_extents(value->ty) && !op_is_shared(value)) {
        struct diag *diag = sema_error(cx, AB0325, value->loc,
                                       "a value of type %s, with an extent known at run time only, "
                                       "cannot be an argument",
                                       text_of(cx, value->ty));
        sema_help(cx, diag, "pass the shared array itself, and compute inside of the function");
        value->ty = cx->types.error;
    }
}

/* ---- exports --------------------------------------------------------------------------------- */

static bool is_size(const struct ast_decl *ast, const struct ast_expr *expr)
{
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        if (expr->kind == AST_NAME && expr->name == ast->sizes.at[i].name)
            return true;
    return false;
}

static void check_shared_extents(struct checker *cx, struct decl *decl,
                                 const struct ast_param *param)
{
    const struct ast_decl *ast = decl->ast;
    for (uint32_t i = 0; i < param->type->extents.len; i++) {
        const struct ast_expr *extent = param->type->extents.at[i];
        if (is_size(ast, extent) || !expr_names_sizes(ast, extent))
            continue;
        struct diag *diag = sema_error(
            cx, AB0516, extent->loc,
            "an extent of an exported function's shared array is a constant or a size alone");
        sema_help(cx, diag, "give it a size parameter of its own, and assert what it must be");
        decl->sig.is_bad = true;
    }
}

void check_export_extents(struct checker *cx, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    for (uint32_t i = 0; i < ast->params.len; i++) {
        const struct ast_param *param = &ast->params.at[i];
        if (!param->type || !type_names_sizes(ast, param->type))
            continue;
        if (param->mode == AST_PARAM_SHARED) {
            check_shared_extents(cx, decl, param);
            continue;
        }
        struct diag *diag = sema_error(
            cx, AB0516, param->type->loc,
            "`%s` is a value of each example: its extents in an exported function are constants",
            param->name);
        sema_help(cx, diag, "extents known at run time are those of `shared` arrays");
        decl->sig.is_bad = true;
    }
    if (!ast->type || !type_names_sizes(ast, ast->type))
        return;
    sema_error(cx, AB0516, ast->type->loc,
               "the result of an exported function has constant extents");
    decl->sig.is_bad = true;
}

void name_extents(struct checker *cx, struct decl *decl, int64_t *sizes)
{
    for (uint32_t i = 0; i < decl->ast->sizes.len; i++) {
        const struct ast_pat *size = &decl->ast->sizes.at[i];
        struct typed_extent extent = {.name = size->name, .loc = size->loc};
        sizes[i] = -1 - (int64_t)cx->prog->extents.len;
        vec_push(cx->arena, &cx->prog->extents, extent);
        vec_push(cx->arena, &cx->types.extent_names, size->name);
    }
}

const struct ty *name_shared(struct checker *cx, const struct ast_param *param,
                             const struct ty *tensor)
{
    struct typed_shared shared = {.name = param->name, .loc = param->loc, .ty = tensor};
    vec_push(cx->arena, &cx->prog->shared, shared);
    return ty_shared(&cx->types, tensor, cx->prog->shared.len - 1);
}

/* The parameters of an export as written, for who calls it from outside. */
void list_params(struct checker *cx, const struct inst *inst)
{
    struct instance *typed = inst->typed;
    uint32_t next_var = 0;
    for (uint32_t i = 0; i < inst->decl->ast->params.len; i++) {
        bool is_shared = inst->params[i]->kind == TY_SHARED;
        struct typed_param_place place = {.is_shared = is_shared};
        place.index = is_shared ? (uint32_t)ty_number_of(inst->params[i]) : next_var++;
        if (is_shared)
            vec_push(cx->arena, &typed->shared, place.index);
        vec_push(cx->arena, &typed->param_order, place);
    }
    if (!typed->shared.len)
        typed->param_order.len = 0;
}
