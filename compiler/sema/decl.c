/* Declarations of the file: names, types as written, structs, signatures of functions. */
#include "sema/function.h"

#include <string.h>

/* ---- types as written ------------------------------------------------------------------------ */

static const struct ty *refuse_type(struct checker *cx, struct loc loc, const char *what)
{
    sema_not_yet(cx, loc, what);
    return cx->types.error;
}

/* `x: f64[n]` where nothing is called n. False: it is something else. */
static bool is_missing_size(struct checker *cx, const struct ast_expr *expr)
{
    if (expr->kind != AST_NAME || find_name(cx, expr->name, expr->loc).kind != FOUND_NOTHING
        || suggest_name(cx, expr->name, expr->loc, SUGGEST_NAMES))
        return false;
    struct diag *diag = sema_error(cx, AB0201, expr->loc, "unknown name `%s`", expr->name);
    sema_help(cx, diag, "a function may name sizes: `fn f[%s](..)`", expr->name);
    return true;
}

/* An extent: an integer known at compile time, or one that shared arrays have at run time. */
static bool resolve_extent(struct checker *cx, const struct ast_expr *expr, int64_t *dim,
                           bool *is_unknown)
{
    bool in_body = !cx->sized && cx->pass && !cx->pass->in_constant;
    if (!cx->sized && !in_body && is_missing_size(cx, expr))
        return false;
    struct operand extent = in_body ? check_expr(cx, expr, NULL) : check_constant_expr(cx, expr);
    *is_unknown |= extent.ty->kind == TY_UNKNOWN;
    if (extent.expr && extent.expr->kind == TX_EXTENT) {
        *dim = -1 - (int64_t)extent.expr->symbol;
        return true;
    }
    extent.loc = expr->loc;
    return constant_extent(cx, &extent, dim);
}

/* `dtype[e, ..]` */
static const struct ty *resolve_tensor(struct checker *cx, const struct ast_type *type,
                                       enum dtype dtype)
{
    struct shape shape = {0};
    bool is_unknown = false, is_bad = false;
    if (type->extents.len > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, type->loc, "a tensor has at most %d axes, not %u", SHAPE_MAX_RANK,
                   type->extents.len);
        return cx->types.error;
    }
    for (uint32_t i = 0; i < type->extents.len; i++)
        is_bad |= !resolve_extent(cx, type->extents.at[i], &shape.dim[shape.rank++], &is_unknown);
    if (is_bad)
        return is_unknown ? cx->types.unknown : cx->types.error;
    return tensor_type(cx, type->loc, dtype, &shape);
}

static const struct ty *dtype_type(struct checker *cx, const struct ast_type *type,
                                   enum dtype dtype)
{
    if (dtype == DT_F16 || dtype_table[dtype].cls == CLASS_COMPLEX)
        return refuse_type(cx, type->loc,
                           arena_printf(cx->memory, "the type %s", dtype_table[dtype].name));
    return type->has_extents ? resolve_tensor(cx, type, dtype) : cx->types.scalars[dtype];
}

/* What the types of other languages are called here; NULL if it is none of them. */
static const char *foreign_type(name word)
{
    static const struct {
        const char *theirs, *ours;
    } types[] = {
        {"boolean", "bool"}, {"char", "u8"},   {"double", "f64"},   {"float", "f64"},
        {"int", "i64"},      {"isize", "i64"}, {"long", "i64"},     {"number", "f64"},
        {"short", "i16"},    {"uint", "u64"},  {"unsigned", "u32"}, {"usize", "u64"},
    };
    for (uint32_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(word, types[i].theirs))
            return types[i].ours;
    return NULL;
}

static const struct ty *named_type(struct checker *cx, const struct ast_type *type)
{
    struct found found = {.kind = FOUND_DECL};
    if (!type->module)
        found = find_type_name(cx, type->name, type->loc);
    else if (!(found.decl = find_imported_type(cx, type)))
        return cx->types.error;
    bool is_struct = found.kind == FOUND_DECL && found.decl->ast->kind == AST_STRUCT_DECL;
    if (type->has_extents && is_struct) {
        struct diag *diag = sema_error(cx, AB0203, type->loc, "elements of tensors are scalars");
        sema_help(cx, diag, "put the tensors into the struct: one tensor a field");
        return cx->types.error;
    }
    if (is_struct)
        return struct_type(cx, found.decl);
    if (found.kind == FOUND_DTYPE)
        return dtype_type(cx, type, found.dtype);
    struct diag *diag = sema_error(cx, AB0203, type->loc, "unknown type `%s`", type->name);
    const char *best = foreign_type(type->name);
    if (!best && diag)
        best = suggest_name(cx, type->name, type->loc, SUGGEST_TYPES);
    if (best)
        sema_edit(cx, diag, type->loc, "did you mean this one?", "%s", best);
    return cx->types.error;
}

const struct ty *resolve_type(struct checker *cx, const struct ast_type *type)
{
    if (type->kind == AST_TYPE_NAME)
        return named_type(cx, type);
    bool is_function = type->kind == AST_TYPE_FN;
    uint32_t count = type->parts.len;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = resolve_type(cx, type->parts.at[i]);
        if (ty_is_unsure(parts[i]))
            return parts[i];
    }
    if (is_function) {
        parts[count] = type->result ? resolve_type(cx, type->result) : cx->types.unit;
        if (ty_is_unsure(parts[count]))
            return parts[count];
    }
    const struct ty *ty = is_function ? ty_fn_type(&cx->types, parts, count + 1)
                                      : ty_tuple(&cx->types, parts, count);
    if (ty)
        return ty;
    sema_error(cx, AB0313, type->loc,
               "this type has more than %d parts or is nested more than %d deep", TYPE_MAX_LEAVES,
               TYPE_MAX_DEPTH);
    return cx->types.error;
}

/* ---- structs --------------------------------------------------------------------------------- */

static const struct ty *resolve_struct(struct checker *cx, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    const struct ty **fields = ARENA_ARRAY(cx->memory, const struct ty *, ast->fields.len);
    const struct ty *bad = NULL;
    for (uint32_t i = 0; i < ast->fields.len; i++) {
        const struct ast_field *field = &ast->fields.at[i];
        for (uint32_t k = 0; k < i; k++)
            if (ast->fields.at[k].name == field->name) {
                struct diag *diag = sema_error(cx, AB0202, field->loc,
                                               "field `%s` is declared twice", field->name);
                sema_note(cx, diag, ast->fields.at[k].loc, "first declared here");
                bad = cx->types.error;
            }
        fields[i] = field->type ? resolve_type(cx, field->type) : cx->types.open;
        if (ty_is_named(fields[i])) {
            sema_error(cx, AB0514, field->type->loc, "a function value cannot be part of a struct");
            fields[i] = cx->types.error;
        }
        if (ty_is_unsure(fields[i]))
            bad = fields[i];
    }
    if (bad)
        return bad;
    const struct ty *ty = ty_struct(&cx->types, ast, fields);
    if (!ty)
        sema_error(cx, AB0313, ast->name_loc,
                   "`%s` has more than %d parts or is nested more than %d deep", ast->name,
                   TYPE_MAX_LEAVES, TYPE_MAX_DEPTH);
    return ty ? ty : cx->types.error;
}

const struct ty *struct_type(struct checker *cx, struct decl *decl)
{
    if (decl->struct_ty)
        return decl->struct_ty;
    if (decl->struct_busy) {
        sema_error(cx, AB0209, decl->ast->name_loc, "`%s` contains itself", decl->ast->name);
        return cx->types.error;
    }
    if (cx->struct_depth > TYPE_MAX_DEPTH) {
        sema_error(cx, AB0313, decl->ast->name_loc, "`%s` is nested too deep", decl->ast->name);
        return cx->types.error;
    }
    decl->struct_busy = true;
    cx->struct_depth++;
    const struct ty *ty = resolve_struct(cx, decl);
    cx->struct_depth--;
    decl->struct_busy = false;
    decl->struct_ty = ty;
    return ty;
}

/* ---- functions ------------------------------------------------------------------------------- */

static void check_param(struct checker *cx, struct decl *decl, uint32_t i)
{
    const struct ast_param *param = &decl->ast->params.at[i];
    struct signature *sig = &decl->sig;
    sig->is_sized[i] = param->type && type_names_sizes(decl->ast, param->type);
    if (param->type && !sig->is_sized[i])
        sig->params[i] = resolve_type(cx, param->type);
    if (param->mode != AST_PARAM_VALUE && param->initial)
        sema_error(cx, AB0510, param->initial->loc, "%s parameter has no default value",
                   param->mode == AST_PARAM_INOUT ? "an inout" : "a shared");
    bool is_array = sig->params[i] ? ty_is_tensor(sig->params[i]) || ty_is_unsure(sig->params[i])
                                   : !param->type || param->type->kind == AST_TYPE_NAME;
    if (param->mode == AST_PARAM_SHARED && !is_array) {
        sema_error(cx, AB0513, param->type->loc, "a shared parameter is one array, not %s",
                   source_text(cx, param->type->loc));
        sig->params[i] = cx->types.error;
        sig->is_bad = true;
    }
    if (sig->params[i] && ty_is_unsure(sig->params[i]))
        sig->is_bad = true;
    sig->is_generic |= !sig->params[i] || ty_is_open(sig->params[i])
                       || param->mode == AST_PARAM_SHARED;
}

static void report_open_export(struct checker *cx, const struct ast_decl *ast,
                               const struct ast_param *param, const struct ty *ty)
{
    if (!ty && !param->type) {
        struct diag *diag = sema_error(cx, AB0508, param->loc,
                                       "parameter `%s` of an exported function needs a type",
                                       param->name);
        struct loc behind = {param->loc.file, param->loc.end, param->loc.end};
        if (diag && !param->initial)
            sema_edit(cx, diag, behind, "say which, like this", ": f64");
    } else if (ty && ty->kind == TY_FN_TYPE) {
        sema_error(cx, AB0508, param->loc,
                   "`%s` is exported: its parameters are values, not functions", ast->name);
    } else if (ty && ty_is_open(ty)) {
        sema_error(cx, AB0508, param->loc,
                   "%s has fields without a type: `%s` is exported and needs all types",
                   text_of(cx, ty), ast->name);
    }
}

static void check_signature(struct checker *cx, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    struct signature *sig = &decl->sig;
    sig->params = ARENA_ARRAY(cx->arena, const struct ty *, ast->params.len);
    sig->bad_default = ARENA_ARRAY(cx->arena, bool, ast->params.len);
    sig->defaults = ARENA_ARRAY(cx->arena, const struct typed_expr *, ast->params.len);
    sig->is_sized = ARENA_ARRAY(cx->arena, bool, ast->params.len);
    check_sizes(cx, decl);
    for (uint32_t i = 0; i < ast->params.len; i++) {
        check_param(cx, decl, i);
        if (ast->exported)
            report_open_export(cx, ast, &ast->params.at[i], sig->params[i]);
    }
    if (ast->exported)
        check_export_extents(cx, decl);
    sig->result_is_sized = type_names_sizes(ast, ast->type);
    if (ast->type && !sig->result_is_sized)
        sig->result = resolve_type(cx, ast->type);
    if (sig->result && ty_is_unsure(sig->result))
        sig->is_bad = true;
    if (sig->result && ty_is_open(sig->result) && ast->exported)
        sema_error(cx, AB0508, ast->type->loc,
                   sig->result->kind == TY_FN_TYPE
                       ? "%s is no value: `%s` is exported and gives one"
                       : "%s has fields without a type: `%s` is exported and needs all types",
                   text_of(cx, sig->result), ast->name);
}

/* Default values are constants: looked at once here, for the messages. */
static void check_defaults(struct checker *cx, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    for (uint32_t i = 0; i < ast->params.len; i++) {
        if (!ast->params.at[i].initial)
            continue;
        struct expectation who = {
            .what = arena_printf(cx->memory, "`%s`", ast->params.at[i].name),
            .loc = ast->params.at[i].loc};
        uint32_t before = cx->diags->errors;
        struct operand value = check_constant_expr(cx, ast->params.at[i].initial);
        if (decl->sig.params[i])
            value = convert_operand(cx, value, decl->sig.params[i], &who);
        decl->sig.bad_default[i] = cx->diags->errors > before || ty_is_unsure(value.ty);
        if (decl->sig.params[i] && !decl->sig.bad_default[i])
            decl->sig.defaults[i] = settle_operand(cx, &value);
    }
}

/* ---- all files ------------------------------------------------------------------------------- */

void collect_decls(struct checker *cx)
{
    collect_modules(cx);
    for (uint32_t i = 0; i < cx->decl_count; i++) {
        struct decl *decl = &cx->decls[i];
        map_set(&cx->function_decls, (uintptr_t)decl->ast, decl);
        if (decl->ast->kind == AST_EXTERN)
            sema_not_yet(cx, decl->ast->loc, "extern functions");
        else if (decl->ast->kind == AST_STRUCT_DECL)
            struct_type(cx, decl);
    }
    check_constants(cx);
    for (uint32_t i = 0; i < cx->decl_count; i++) {
        struct decl *decl = &cx->decls[i];
        check_decl_attrs(cx, decl);
        if (decl->ast->kind == AST_FN) {
            check_signature(cx, decl);
            check_defaults(cx, decl);
        }
    }
}
