/* Size parameters (L17): `fn dot[n](a: f64[n], b: f64[n])`. The arguments say what n is; then the
 * types that name it are known, and each set of types is an instance of its own. */
#include "sema/function.h"

#include <string.h>

/* ---- which types name sizes ------------------------------------------------------------------ */

static uint32_t size_named(const struct ast_decl *ast, name word)
{
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        if (ast->sizes.at[i].name == word)
            return i;
    return NONE;
}

static bool expr_names(const struct ast_expr *expr, name word)
{
    if (!expr)
        return false;
    if (expr->kind == AST_NAME)
        return expr->name == word;
    for (uint32_t i = 0; i < expr->args.len; i++)
        if (expr_names(expr->args.at[i].expr, word))
            return true;
    for (uint32_t i = 0; i < expr->indexes.len; i++)
        if (expr_names(expr->indexes.at[i].expr, word))
            return true;
    return expr_names(expr->left, word) || expr_names(expr->right, word);
}

static bool type_names(const struct ast_type *type, name word)
{
    if (!type)
        return false;
    for (uint32_t i = 0; i < type->extents.len; i++)
        if (expr_names(type->extents.at[i], word))
            return true;
    for (uint32_t i = 0; i < type->parts.len; i++)
        if (type_names(type->parts.at[i], word))
            return true;
    return type_names(type->result, word);
}

bool expr_names_sizes(const struct ast_decl *ast, const struct ast_expr *expr)
{
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        if (expr_names(expr, ast->sizes.at[i].name))
            return true;
    return false;
}

bool type_names_sizes(const struct ast_decl *ast, const struct ast_type *type)
{
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        if (type_names(type, ast->sizes.at[i].name))
            return true;
    return false;
}

/* Does the size stand alone as an extent of a tensor that is an argument, or a part of one? */
static bool is_fixed_by(const struct ast_type *type, name word)
{
    if (!type || type->kind == AST_TYPE_FN)
        return false;
    for (uint32_t i = 0; i < type->extents.len; i++)
        if (type->extents.at[i]->kind == AST_NAME && type->extents.at[i]->name == word)
            return true;
    for (uint32_t i = 0; i < type->parts.len; i++)
        if (is_fixed_by(type->parts.at[i], word))
            return true;
    return false;
}

static void check_size(struct checker *cx, struct decl *decl, uint32_t index)
{
    const struct ast_decl *ast = decl->ast;
    const struct ast_pat *size = &ast->sizes.at[index];
    bool is_fixed = false;
    for (uint32_t i = 0; i < ast->params.len; i++)
        is_fixed |= is_fixed_by(ast->params.at[i].type, size->name);
    for (uint32_t i = 0; i < index; i++)
        if (ast->sizes.at[i].name == size->name) {
            struct diag *diag = sema_error(cx, AB0202, size->loc,
                                           "size parameter `%s` is declared twice", size->name);
            sema_note(cx, diag, ast->sizes.at[i].loc, "first declared here");
            decl->sig.is_bad = true;
            return;
        }
    if (is_fixed)
        return;
    struct diag *diag = sema_error(cx, AB0511, size->loc,
                                   "no argument of `%s` says what `%s` is", ast->name, size->name);
    sema_help(cx, diag, "a size stands alone as an extent of some parameter: `x: f64[%s]`",
              size->name);
    decl->sig.is_bad = true;
}

void check_sizes(struct checker *cx, struct decl *decl)
{
    for (uint32_t i = 0; i < decl->ast->sizes.len; i++)
        check_size(cx, decl, i);
    decl->sig.is_generic |= decl->ast->sizes.len > 0;
}

/* ---- sizes as names -------------------------------------------------------------------------- */

/* It is another one in another instance: conditions on it are no mistakes. */
static const struct constant *named_size(struct checker *cx, int64_t value)
{
    struct constant *constant = constant_int(cx->memory, value);
    constant->is_named = true;
    return constant;
}

static struct local size_local(struct checker *cx, const struct ast_pat *size, int64_t value)
{
    struct local local = {.kind = LOCAL_SIZE,
                          .name = size->name,
                          .loc = size->loc,
                          .ty = cx->types.scalars[DT_WEAK_INT],
                          .var = NONE,
                          .slot = NONE,
                          .flow_bit = NONE,
                          .is_read = true};
    if (value == SIZE_UNKNOWN)
        local.ty = cx->types.unknown;
    else if (value >= 0)
        local.constant = named_size(cx, value);
    else
        local.named = ty_extent(&cx->types, (uint32_t)(-1 - value));
    return local;
}

struct local *find_size(struct checker *cx, name word)
{
    uint32_t index = cx->sized ? size_named(cx->sized, word) : NONE;
    if (index == NONE)
        return NULL;
    struct local *local = ARENA_NEW(cx->memory, struct local);
    *local = size_local(cx, &cx->sized->sizes.at[index], cx->sizes[index]);
    return local;
}

void declare_sizes(struct checker *cx, const struct inst *inst)
{
    const struct ast_decl *ast = inst->decl->ast;
    for (uint32_t i = 0; i < ast->sizes.len; i++) {
        const struct ast_pat *size = &ast->sizes.at[i];
        struct local like = size_local(cx, size, inst->sizes[i]);
        struct local *local = declare_local(cx, LOCAL_SIZE, size->name, size->loc, like.ty);
        local->constant = like.constant;
        local->named = like.named;
        local->is_read = true; /* by the types */
    }
}

const struct ty *resolve_sized_type(struct checker *cx, const struct ast_decl *ast,
                                    const struct ast_type *type, const int64_t *sizes)
{
    const struct ast_decl *outer = cx->sized;
    const int64_t *outer_sizes = cx->sizes;
    cx->sized = ast;
    cx->sizes = sizes;
    const struct ty *ty = resolve_type(cx, type);
    cx->sized = outer;
    cx->sizes = outer_sizes;
    return ty;
}

/* ---- sizes of a call ------------------------------------------------------------------------- */

/* Where the sizes of a call come from. */
struct binding {
    struct user_call *call;
    uint32_t *param_of; /* size -> the parameter that says what it is, or NONE */
    bool is_bad;
};

static const char *extent_text(struct checker *cx, int64_t size)
{
    if (size >= 0)
        return arena_printf(cx->memory, "%lld", (long long)size);
    return cx->types.extent_names.at[-1 - size];
}

static void report_conflict(struct checker *cx, struct binding *binding, uint32_t size,
                            uint32_t param, int64_t extent)
{
    const struct user_call *call = binding->call;
    const struct ast_decl *ast = call->decl->ast;
    uint32_t earlier = binding->param_of[size];
    struct diag *diag = sema_error(
        cx, AB0512, call->values[param].loc, "%s has %s for `%s`, but argument `%s` has %s",
        param_text(cx, call, param), extent_text(cx, extent), ast->sizes.at[size].name,
        ast->params.at[earlier].name, extent_text(cx, call->sizes[size]));
    sema_note(cx, diag, call->values[earlier].loc, "argument `%s` is %s",
              ast->params.at[earlier].name, text_of(cx, call->values[earlier].ty));
    sema_note(cx, diag, ast->params.at[param].loc, "`%s` is declared here",
              ast->params.at[param].name);
    binding->is_bad = true;
}

static void report_form(struct checker *cx, struct binding *binding, uint32_t param)
{
    const struct user_call *call = binding->call;
    const struct ast_param *ast = &call->decl->ast->params.at[param];
    struct diag *diag = sema_error(cx, AB0301, call->values[param].loc, "%s takes %s, not %s",
                                   param_text(cx, call, param), source_text(cx, ast->type->loc),
                                   text_of(cx, call->values[param].ty));
    sema_note(cx, diag, ast->loc, "`%s` is declared here", ast->name);
    binding->is_bad = true;
}

static void bind_extents(struct checker *cx, struct binding *binding, uint32_t param,
                         const struct ast_type *type, const struct shape *shape)
{
    struct user_call *call = binding->call;
    for (uint32_t i = 0; i < type->extents.len && !binding->is_bad; i++) {
        const struct ast_expr *extent = type->extents.at[i];
        uint32_t size =
            extent->kind == AST_NAME ? size_named(call->decl->ast, extent->name) : NONE;
        if (size == NONE)
            continue;
        if (binding->param_of[size] == NONE) {
            call->sizes[size] = shape->dim[i];
            binding->param_of[size] = param;
        } else if (call->sizes[size] != shape->dim[i]) {
            report_conflict(cx, binding, size, param, shape->dim[i]);
        }
    }
}

static void bind_type(struct checker *cx, struct binding *binding, uint32_t param,
                      const struct ast_type *type, const struct ty *ty)
{
    if (binding->is_bad || ty_is_unsure(ty) || !type_names_sizes(binding->call->decl->ast, type)
        || type->kind == AST_TYPE_FN)
        return;
    bool is_tuple = type->kind == AST_TYPE_TUPLE;
    bool fits = is_tuple ? ty->kind == TY_TUPLE && ty->parts.len == type->parts.len
                         : ty_is_tensor(ty) && ty_shape(ty)->rank == type->extents.len;
    if (!fits) {
        report_form(cx, binding, param);
        return;
    }
    if (!is_tuple)
        bind_extents(cx, binding, param, type, ty_shape(ty));
    for (uint32_t i = 0; i < type->parts.len; i++)
        bind_type(cx, binding, param, type->parts.at[i], ty->parts.at[i]);
}

static void report_extent(struct checker *cx, struct binding *binding, uint32_t param,
                          const struct ty *wanted)
{
    const struct user_call *call = binding->call;
    const struct ast_decl *ast = call->decl->ast;
    const struct ast_param *at = &ast->params.at[param];
    struct diag *diag = sema_error(cx, AB0512, call->values[param].loc,
                                   "%s takes %s, which is %s here, not %s",
                                   param_text(cx, call, param), source_text(cx, at->type->loc),
                                   text_of(cx, wanted), text_of(cx, call->values[param].ty));
    for (uint32_t i = 0; i < ast->sizes.len && diag; i++) {
        uint32_t from = binding->param_of[i];
        if (type_names(at->type, ast->sizes.at[i].name))
            sema_note(cx, diag, call->values[from].loc, "`%s` is %s by argument `%s`",
                      ast->sizes.at[i].name, extent_text(cx, call->sizes[i]),
                      ast->params.at[from].name);
    }
    sema_note(cx, diag, at->loc, "`%s` is declared here", at->name);
    binding->is_bad = true;
}

/* The sizes are known: so is the type of this parameter. */
static void convert_sized(struct checker *cx, struct binding *binding, uint32_t param)
{
    struct user_call *call = binding->call;
    const struct ast_decl *ast = call->decl->ast;
    const struct ast_type *type = ast->params.at[param].type;
    const struct ty *ty = call->values[param].ty;
    const struct ty *wanted = resolve_sized_type(cx, ast, type, call->sizes);
    call->wanted[param] = wanted;
    if (wanted->kind == TY_ERROR) {
        sema_note(cx, cx->needs_context, call->expr->loc, "for this call");
        binding->is_bad = true;
    } else if (ty_is_tensor(wanted) && ty_is_tensor(ty)
               && !shape_equal(ty_shape(wanted), ty_shape(ty))) {
        report_extent(cx, binding, param, wanted);
    } else {
        convert_arg(cx, call, param);
    }
}

const struct ty *bind_sizes(struct checker *cx, struct user_call *call)
{
    const struct ast_decl *ast = call->decl->ast;
    struct binding binding = {.call = call};
    const struct ty *bad = spoiled(call->values, call->count);
    binding.param_of = ARENA_ARRAY(cx->memory, uint32_t, ast->sizes.len);
    call->sizes = ARENA_ARRAY(cx->memory, int64_t, ast->sizes.len);
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        binding.param_of[i] = NONE;
    for (uint32_t i = 0; i < call->count; i++)
        if (call->decl->sig.is_sized[i])
            bind_type(cx, &binding, i, ast->params.at[i].type, call->values[i].ty);
    if (bad || binding.is_bad)
        return bad ? bad : cx->types.error;
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        if (binding.param_of[i] == NONE) /* reported at the declaration */
            return cx->types.error;
    for (uint32_t i = 0; i < call->count && !binding.is_bad; i++)
        if (call->decl->sig.is_sized[i])
            convert_sized(cx, &binding, i);
    return binding.is_bad ? cx->types.error : spoiled(call->values, call->count);
}
