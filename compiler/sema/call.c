/* Calls of functions of the program: arguments, inout places, and the instance that is meant. */
#include "sema/function.h"

#include <string.h>

/* ---- arguments and parameters ---------------------------------------------------------------- */

static uint32_t param_named(const struct param_view *params, uint32_t count, name word)
{
    for (uint32_t i = 0; i < count; i++)
        if (params[i].name == word)
            return i;
    return NONE;
}

/* "x, axis, keepdims" */
static const char *names_of(struct checker *cx, const struct param_view *params, uint32_t count)
{
    const char *list = params[0].name;
    for (uint32_t i = 1; i < count; i++)
        list = arena_printf(cx->memory, "%s, %s", list, params[i].name);
    return list;
}

static void report_keyword(struct checker *cx, const struct ast_arg *arg, const char *callee,
                           const struct param_view *params, uint32_t count)
{
    struct diag *diag =
        sema_error(cx, AB0503, arg->name_loc, "%s has no parameter `%s`", callee, arg->name);
    struct suggestion suggestion = {.wanted = arg->name};
    for (uint32_t i = 0; i < count; i++)
        suggest_candidate(&suggestion, params[i].name);
    if (suggestion.best)
        sema_edit(cx, diag, arg->name_loc, "did you mean this one?", "%s", suggestion.best);
    else if (diag && count)
        sema_help(cx, diag, "its parameters are: %s", names_of(cx, params, count));
}

static bool report_count(struct checker *cx, const struct ast_expr *call, const char *callee,
                         struct loc declared, const struct param_view *params, uint32_t count)
{
    uint32_t least = 0;
    for (uint32_t i = 0; i < count; i++)
        least += !params[i].has_default;
    const char *range = least < count ? arena_printf(cx->memory, "%u to ", least) : "";
    struct diag *diag = sema_error(cx, AB0502, call->loc, "%s takes %s%u argument%s, not %u",
                                   callee, range, count, count == 1 ? "" : "s", call->args.len);
    if (declared.file)
        sema_note(cx, diag, declared, "declared here");
    return false;
}

static bool bind_keyword(struct checker *cx, const struct ast_arg *arg, uint32_t index,
                         const char *callee, const struct param_view *params, uint32_t count,
                         uint32_t *arg_of)
{
    uint32_t param = param_named(params, count, arg->name);
    if (param == NONE) {
        report_keyword(cx, arg, callee, params, count);
        return false;
    }
    if (arg_of[param] != NONE) {
        sema_error(cx, AB0503, arg->name_loc, "parameter `%s` of %s is given twice", arg->name,
                   callee);
        return false;
    }
    arg_of[param] = index;
    return true;
}

bool bind_args(struct checker *cx, const struct ast_expr *call, const char *callee,
               struct loc declared, const struct param_view *params, uint32_t count,
               uint32_t *arg_of)
{
    bool keywords = false; /* they come last: the grammar has seen to that */
    for (uint32_t i = 0; i < count; i++)
        arg_of[i] = NONE;
    for (uint32_t i = 0; i < call->args.len; i++) {
        const struct ast_arg *arg = &call->args.at[i];
        if (arg->name) {
            keywords = true;
            if (!bind_keyword(cx, arg, i, callee, params, count, arg_of))
                return false;
        } else if (i >= count) {
            return report_count(cx, call, callee, declared, params, count);
        } else {
            arg_of[i] = i;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        if (arg_of[i] == NONE && !params[i].has_default) {
            if (!keywords)
                return report_count(cx, call, callee, declared, params, count);
            sema_error(cx, AB0502, call->loc, "argument `%s` of %s is missing", params[i].name,
                       callee);
            return false;
        }
    return true;
}

/* ---- a call of a user's function ------------------------------------------------------------- */

static const struct ast_param *param_at(const struct user_call *call, uint32_t i)
{
    return &call->decl->ast->params.at[i];
}

const char *param_text(struct checker *cx, const struct user_call *call, uint32_t param)
{
    return arena_printf(cx->memory, "argument `%s` of `%s`", param_at(call, param)->name,
                        call->decl->ast->name);
}

/* What a function value's annotation says of a parameter, or of the result behind them; NULL if
 * nothing. */
static const struct ty *annotated(const struct user_call *call, uint32_t part)
{
    const struct ty *annotation = call->function.ty ? ty_annotation(call->function.ty) : NULL;
    const struct ty *ty = annotation ? annotation->parts.at[part] : NULL;
    return ty && ty->kind != TY_OPEN ? ty : NULL;
}

/* An inout argument has exactly the type of the parameter: it is read and written. */
static void check_inout_type(struct checker *cx, struct user_call *call, uint32_t i)
{
    struct place *place = &call->places[i];
    const struct ty *wanted = call->wanted[i];
    if (!wanted || ty_is_unsure(place->ty) || ty_is_unsure(wanted))
        return;
    if (!ty_is_open(wanted))
        slot_store(cx, place, wanted, cx->pass->weak_reads.len);
    refresh_place(cx, place);
    bool fits = ty_is_open(wanted) ? converts(place->ty, wanted) : place->ty == wanted;
    call->values[i].ty = place->ty;
    if (fits)
        return;
    struct diag *diag = sema_error(cx, AB0301, place->loc, "%s takes a place of type %s, not %s",
                                   param_text(cx, call, i), text_of(cx, wanted),
                                   text_of(cx, place->ty));
    if (place->local)
        sema_note(cx, diag, place->local->loc, "`%s` is declared here", place->local->name);
    call->values[i].ty = place->ty = cx->types.error;
}

static void convert_value(struct checker *cx, struct user_call *call, uint32_t i)
{
    struct expectation who = {.what = param_text(cx, call, i), .loc = param_at(call, i)->loc};
    struct operand *value = &call->values[i];
    if (value->ty->kind == TY_META && call->wanted[i]) {
        sema_error(cx, AB0204, value->loc, "%s takes a value, and a dtype is none", who.what);
        value->ty = cx->types.error;
    }
    check_value_arg(cx, call, i);
    if (annotated(call, i))
        *value = convert_operand(cx, *value, annotated(call, i), &who);
    if (call->wanted[i])
        *value = convert_operand(cx, *value, call->wanted[i], &who);
}

void convert_arg(struct checker *cx, struct user_call *call, uint32_t param)
{
    switch (param_at(call, param)->mode) {
    case AST_PARAM_VALUE:
        convert_value(cx, call, param);
        break;
    case AST_PARAM_INOUT:
        check_inout_type(cx, call, param);
        break;
    case AST_PARAM_SHARED:
        check_shared_arg(cx, call, param);
        break;
    }
}

static void check_arg(struct checker *cx, struct user_call *call, uint32_t i,
                      const struct ast_expr *arg)
{
    const struct ty *expected = annotated(call, i) ? annotated(call, i) : call->wanted[i];
    if (param_at(call, i)->mode == AST_PARAM_INOUT) {
        call->places[i] = check_place(cx, arg, PLACE_INOUT);
        call->values[i] = (struct operand){.ty = call->places[i].ty, .loc = arg->loc};
    } else {
        call->values[i] = check_expr(cx, arg, expected);
    }
    if (!call->decl->sig.is_sized[i])
        convert_arg(cx, call, i);
}

static void check_default(struct checker *cx, struct user_call *call, uint32_t i)
{
    if (call->decl->sig.bad_default[i]) {
        call->values[i] = op_error(cx, call->expr->loc);
        return;
    }
    call->values[i] = check_constant_expr(cx, param_at(call, i)->initial);
    if (!call->decl->sig.is_sized[i])
        convert_arg(cx, call, i);
}

/* Do two places of one variable overlap? They do not if they part at some field. */
static bool overlap(const struct typed_place *a, const struct typed_place *b)
{
    if (a->var != b->var)
        return false;
    for (uint32_t i = 0; i < a->steps.len && i < b->steps.len; i++)
        if (a->steps.at[i].part != b->steps.at[i].part)
            return false;
    return true;
}

static bool refuse_aliases(struct checker *cx, struct user_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct typed_place *one = call->places[k].typed, *other = call->places[i].typed;
            if (!one || !other || !overlap(one, other))
                continue;
            struct diag *diag = sema_error(
                cx, AB0505, other->loc, "two inout arguments are the same place, or parts of it");
            sema_note(cx, diag, one->loc, "the other one");
            return true;
        }
    return false;
}

/* Types of the instance: what is annotated, else what the arguments are. */
static const struct ty **param_types(struct checker *cx, const struct user_call *call)
{
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, call->count);
    for (uint32_t i = 0; i < call->count; i++) {
        const struct operand *value = &call->values[i];
        const struct ty *wanted = call->wanted[i];
        if (param_at(call, i)->mode == AST_PARAM_SHARED || op_is_shared(value))
            types[i] = shared_type_of(cx, value);
        else
            types[i] = wanted && !ty_is_open(wanted) ? wanted : value->ty;
    }
    return types;
}

/* A weak variable goes into an unannotated inout parameter only when its type is fixed. */
static bool must_wait(const struct user_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        if (call->places[i].typed && ty_is_weak(call->places[i].ty))
            return true;
    return false;
}

/* The order of evaluation, if keywords change it: places of the arguments among those passed. */
static void put_order(struct checker *cx, const struct user_call *call,
                      const struct ty *const *types, struct typed_expr *typed)
{
    bool moved = false;
    uint32_t *place_of = ARENA_ARRAY(cx->memory, uint32_t, call->count), passed = 0;
    for (uint32_t i = 0; i < call->count; i++) {
        moved |= call->arg_of[i] != NONE && call->arg_of[i] != i;
        place_of[i] = has_value(types[i]) ? passed++ : NONE;
    }
    if (!moved)
        return;
    for (uint32_t arg = 0; arg < call->expr->args.len; arg++)
        for (uint32_t i = 0; i < call->count; i++)
            if (call->arg_of[i] == arg && place_of[i] != NONE)
                vec_push(cx->memory, &typed->call_order, place_of[i]);
    for (uint32_t i = 0; i < call->count; i++)
        if (call->arg_of[i] == NONE && place_of[i] != NONE)
            vec_push(cx->memory, &typed->call_order, place_of[i]);
    for (uint32_t i = passed; i < typed->call_args.len; i++) /* captures */
        vec_push(cx->memory, &typed->call_order, i);
}

/* False after a message: a constant does not fit. */
static bool put_args(struct checker *cx, struct user_call *call, const struct ty *const *types,
                     struct typed_expr *typed)
{
    for (uint32_t i = 0; i < call->count; i++) {
        struct typed_arg arg = {.place = call->places[i].typed};
        if (!has_value(types[i]))
            continue;
        if (!arg.place && !(arg.value = settle_operand(cx, &call->values[i])))
            return false;
        vec_push(cx->memory, &typed->call_args, arg);
    }
    pass_captures(cx, call, typed);
    put_order(cx, call, types, typed);
    return true;
}

/* Calls of an annotated function value give what the annotation says. */
static struct operand annotated_result(struct checker *cx, const struct user_call *call,
                                       struct operand result)
{
    const struct ty *wanted = annotated(call, call->count);
    if (!wanted)
        return result;
    if (converts(result.ty, wanted))
        return convert_operand(cx, result, wanted, NULL);
    const struct ast_decl *ast = call->decl->ast;
    struct diag *diag = sema_error(cx, AB0515, call->expr->loc,
                                   "`%s` gives %s, but as %s it must give %s", ast->name,
                                   text_of(cx, result.ty), text_of(cx, call->function.ty),
                                   text_of(cx, wanted));
    sema_note(cx, diag, ast->name_loc, "the function");
    return op_error(cx, call->expr->loc);
}

static struct operand make_call(struct checker *cx, struct user_call *call)
{
    const struct ty **types = param_types(cx, call);
    struct inst_key key = {.decl = call->decl, .params = types, .sizes = call->sizes};
    struct loc loc = call->expr->loc;
    if (call->decl->is_lambda)
        key.function = ty_annotated(&cx->types, call->function.ty, NULL);
    struct inst *inst = find_instance(cx, &key, loc);
    if (!inst)
        return op_error(cx, loc);
    struct operand result = {.ty = instance_result(cx, inst), .loc = loc};
    if (ty_is_unsure(result.ty))
        return result;
    struct typed_expr *typed = tx_new(cx, TX_CALL, loc, ty_settled(&cx->types, result.ty));
    typed->callee = inst->typed;
    if (!put_args(cx, call, types, typed))
        return result;
    result.expr = typed;
    return annotated_result(cx, call, result);
}

/* The result type that the declaration alone says, or NULL. */
static const struct ty *declared_result(const struct user_call *call)
{
    const struct ty *declared = call->decl->sig.result;
    return declared && !ty_is_open(declared) ? declared : NULL;
}

static struct operand finish_call(struct checker *cx, struct user_call *call)
{
    const struct ty *declared = declared_result(call);
    const struct ty *bad = spoiled(call->values, call->count);
    struct loc loc = call->expr->loc;
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, loc, call->values, call->count);
    if (!call->decl->sig.is_bad && call->decl->ast->sizes.len)
        bad = bind_sizes(cx, call);
    for (uint32_t i = 0; i < call->count; i++)
        mark_stored(cx, &call->places[i]);
    if (bad || must_wait(call)) /* L14: calls with unknown arguments wait */
        return (struct operand){.ty = declared ? declared : bad ? bad : cx->types.unknown,
                                .loc = loc};
    if (refuse_aliases(cx, call) || call->decl->sig.is_bad)
        return (struct operand){.ty = declared ? declared : cx->types.error, .loc = loc};
    return make_call(cx, call);
}

static void check_args(struct checker *cx, struct user_call *call)
{
    const struct ast_expr *expr = call->expr;
    for (uint32_t arg = 0; arg < expr->args.len; arg++)
        for (uint32_t i = 0; i < call->count; i++)
            if (call->arg_of[i] == arg)
                check_arg(cx, call, i, expr->args.at[arg].expr);
    for (uint32_t i = 0; i < call->count; i++)
        if (call->arg_of[i] == NONE)
            check_default(cx, call, i);
}

static struct operand check_user_call(struct checker *cx, const struct ast_expr *expr,
                                      struct decl *decl, struct operand function)
{
    const struct ast_decl *ast = decl->ast;
    struct user_call call = {
        .expr = expr, .decl = decl, .function = function, .count = ast->params.len};
    if (cx->pass->in_constant) {
        sema_error(cx, AB0210, expr->loc, "a call of `%s` is not known at compile time", ast->name);
        return op_error(cx, expr->loc);
    }
    decl->is_used |= cx->pass->is_final && cx->pass->inst->is_reached;
    struct param_view *params = ARENA_ARRAY(cx->memory, struct param_view, call.count);
    for (uint32_t i = 0; i < call.count; i++)
        params[i] = (struct param_view){ast->params.at[i].name, ast->params.at[i].initial != NULL};
    call.arg_of = ARENA_ARRAY(cx->memory, uint32_t, call.count);
    call.values = ARENA_ARRAY(cx->memory, struct operand, call.count);
    call.places = ARENA_ARRAY(cx->memory, struct place, call.count);
    call.wanted = ARENA_ARRAY(cx->memory, const struct ty *, call.count);
    for (uint32_t i = 0; i < call.count; i++)
        call.wanted[i] = decl->sig.params[i];
    const char *callee = arena_printf(cx->memory, "`%s`", ast->name);
    if (!bind_args(cx, expr, callee, ast->name_loc, params, call.count, call.arg_of))
        return (struct operand){
            .ty = declared_result(&call) ? declared_result(&call) : cx->types.error,
            .loc = expr->loc};
    check_args(cx, &call);
    return finish_call(cx, &call);
}

/* What a call of a function value reads more than once, or before its arguments, is held. */
static struct operand call_function_value(struct checker *cx, const struct ast_expr *expr,
                                          struct operand function)
{
    struct decl *decl = decl_of_function(cx, function.ty);
    bool is_plain = function.expr->kind == TX_MAKE && !function.expr->args.len;
    if (is_plain || tx_is_simple(function.expr))
        return check_user_call(cx, expr, decl, function);
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    function.expr = tx_hold(cx, block, function.expr);
    struct operand result = check_user_call(cx, expr, decl, function);
    if (result.expr)
        result.expr = tx_block(cx, block, result.expr);
    return result;
}

/* ---- what is called -------------------------------------------------------------------------- */

static struct operand not_callable(struct checker *cx, const struct ast_expr *expr,
                                   const char *what)
{
    sema_error(cx, AB0501, expr->left->loc, "%s cannot be called", what);
    return op_error(cx, expr->loc);
}

static struct operand call_decl(struct checker *cx, const struct ast_expr *expr, struct decl *decl)
{
    switch (decl->ast->kind) {
    case AST_FN:
        return check_user_call(cx, expr, decl, (struct operand){0});
    case AST_STRUCT_DECL: {
        struct diag *diag =
            sema_error(cx, AB0501, expr->left->loc, "`%s` is a struct", decl->ast->name);
        sema_note(cx, diag, decl->ast->name_loc, "a value of it is written `%s { %s: .. }`",
                  decl->ast->name,
                  decl->ast->fields.len ? decl->ast->fields.at[0].name : "field");
        return op_error(cx, expr->loc);
    }
    case AST_CONST:
        return not_callable(cx, expr, "a constant");
    case AST_IMPORT:
        return not_callable(cx, expr, "a module");
    case AST_EXTERN: /* reported where it is declared */
    case AST_TEST:
        break;
    }
    return op_error(cx, expr->loc);
}

static struct operand call_name(struct checker *cx, const struct ast_expr *expr)
{
    name called = expr->left->name;
    struct found found = find_name(cx, called, expr->left->loc);
    switch (found.kind) {
    case FOUND_LOCAL:
        if (found.local->ty->kind == TY_META) {
            found.local->is_read = true;
            return check_cast_call(cx, expr, found.local->ty->tensor.dtype);
        }
        if (ty_is_unsure(found.local->ty)) {
            look_at_operands(cx, expr);
            return use_local(cx, found.local, expr->loc);
        }
        if (ty_is_function(found.local->ty))
            return call_function_value(cx, expr, use_local(cx, found.local, expr->left->loc));
        return not_callable(cx, expr, text_of(cx, found.local->ty));
    case FOUND_DECL:
        return call_decl(cx, expr, found.decl);
    case FOUND_BUILTIN:
        return check_builtin_call(cx, expr, found.builtin);
    case FOUND_DTYPE:
        return check_cast_call(cx, expr, found.dtype);
    case FOUND_NUMBER:
        return not_callable(cx, expr, "a number");
    case FOUND_LATER:
        sema_not_yet(cx, expr->left->loc, arena_printf(cx->memory, "`%s`", called));
        break;
    case FOUND_NOTHING:
        report_unknown_name(cx, called, expr->left->loc);
        break;
    }
    return op_error(cx, expr->loc);
}

/* `m.f(..)` of a module; `x.f(..)`: methods are those of tensors. */
static struct operand call_method(struct checker *cx, const struct ast_expr *expr)
{
    const struct ast_expr *method = expr->left;
    struct decl *import = find_module(cx, method->left);
    if (import) {
        struct decl *member =
            find_member(cx, import, method->name, method->name_loc, SUGGEST_NAMES);
        return member ? call_decl(cx, expr, member) : op_error(cx, expr->loc);
    }
    if (!strcmp(method->name, "astype"))
        return check_astype(cx, expr);
    bool is_unknown = method->left->kind == AST_NAME
                      && find_name(cx, method->left->name, method->left->loc).kind == FOUND_NOTHING;
    struct operand result;
    if (!is_unknown && check_method(cx, expr, &result)) /* `np.dot(x, y)` does not call a method */
        return result;
    struct operand object = check_expr(cx, method->left, NULL);
    if (ty_is_unsure(object.ty))
        look_at_operands(cx, expr);
    if (ty_is_unsure(object.ty))
        return op_error(cx, expr->loc);
    struct diag *diag = sema_error(cx, AB0501, method->name_loc, "%s has no method `%s`",
                                   text_of(cx, object.ty), method->name);
    struct found found = find_name(cx, method->name, method->name_loc);
    if (diag && !expr->args.len && (found.kind == FOUND_BUILTIN || found.kind == FOUND_DECL))
        sema_edit(cx, diag, expr->loc, "functions are called like this", "%s(%s)", method->name,
                  source_text(cx, method->left->loc));
    return op_error(cx, expr->loc);
}

struct operand check_call(struct checker *cx, const struct ast_expr *expr)
{
    if (expr->left->kind == AST_NAME)
        return call_name(cx, expr);
    if (expr->left->kind == AST_FIELD)
        return call_method(cx, expr);
    struct operand callee = check_expr(cx, expr->left, NULL);
    if (ty_is_unsure(callee.ty)) {
        look_at_operands(cx, expr);
        return callee;
    }
    if (ty_is_function(callee.ty))
        return call_function_value(cx, expr, callee);
    return not_callable(cx, expr, text_of(cx, callee.ty));
}
