/* Tuples and structs: literals, fields and parts. */
#include "sema/tensor.h"

#include <string.h>

/* ---- making ---------------------------------------------------------------------------------- */

static struct operand compound_operand(struct checker *cx, struct loc loc, const struct ty *ty,
                                       struct operand *parts)
{
    if (!ty) {
        sema_error(cx, AB0313, loc,
                   "this value has more than %d parts or is nested more than %d deep",
                   TYPE_MAX_LEAVES, TYPE_MAX_DEPTH);
        return op_error(cx, loc);
    }
    return (struct operand){.ty = ty, .parts = parts, .loc = loc};
}

/* Which of unknown, wrong, never the whole is because of a part; NULL if it is none of them. */
const struct ty *spoiled(const struct operand *parts, uint32_t count)
{
    const struct ty *worst = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct ty *ty = parts[i].ty;
        if (ty->kind == TY_ERROR || (ty->kind == TY_UNKNOWN && (!worst || worst->kind != TY_ERROR))
            || (ty->kind == TY_NEVER && !worst))
            worst = ty;
    }
    return worst;
}

/* What cannot be stored: dtypes, shared arrays, tensors of run-time extents, functions in structs. */
static bool refuse_unstorable(struct checker *cx, const struct operand *parts, uint32_t count,
                              enum name_use use)
{
    for (uint32_t i = 0; i < count; i++)
        if (ty_has_extents(parts[i].ty)) {
            sema_error(cx, AB0325, parts[i].loc,
                       "%s cannot be part of a value: its size is known at run time only",
                       text_of(cx, parts[i].ty));
            return true;
        }
    for (uint32_t i = 0; i < count; i++)
        if (parts[i].ty->kind == TY_META) {
            sema_error(cx, AB0204, parts[i].loc, "a dtype cannot be part of a value");
            return true;
        } else if (refuse_name(cx, &parts[i], use)) {
            return true;
        }
    return false;
}

struct operand check_tuple(struct checker *cx, const struct ast_expr *expr,
                           const struct ty *expected)
{
    uint32_t count = expr->args.len;
    bool fits = expected && expected->kind == TY_TUPLE && expected->parts.len == count;
    struct operand *parts = ARENA_ARRAY(cx->memory, struct operand, count);
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, count);
    for (uint32_t i = 0; i < count; i++) {
        parts[i] =
            check_expr(cx, expr->args.at[i].expr, fits ? expected->parts.at[i] : NULL);
        types[i] = parts[i].ty;
    }
    const struct ty *bad = spoiled(parts, count);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, expr->loc, parts, count);
    if (bad)
        return (struct operand){.ty = bad, .loc = expr->loc};
    if (refuse_unstorable(cx, parts, count, NAME_PART))
        return op_error(cx, expr->loc);
    if (count == 0) {
        struct typed_expr *unit = tx_new(cx, TX_MAKE, expr->loc, cx->types.unit);
        return op_value(expr->loc, unit, cx->types.unit);
    }
    return compound_operand(cx, expr->loc, ty_tuple(&cx->types, types, count), parts);
}

/* ---- struct literals ------------------------------------------------------------------------- */

static uint32_t find_field(const struct ast_decl *ast, name word)
{
    for (uint32_t i = 0; i < ast->fields.len; i++)
        if (ast->fields.at[i].name == word)
            return i;
    return NONE;
}

static void report_unknown_field(struct checker *cx, const struct ast_decl *ast, name word,
                                 struct loc loc)
{
    struct diag *diag = sema_error(cx, AB0205, loc, "`%s` has no field `%s`", ast->name, word);
    struct suggestion suggestion = {.wanted = word};
    for (uint32_t i = 0; i < ast->fields.len; i++)
        suggest_candidate(&suggestion, ast->fields.at[i].name);
    sema_note(cx, diag, ast->name_loc, "declared here");
    if (suggestion.best)
        sema_edit(cx, diag, loc, "did you mean this one?", "%s", suggestion.best);
}

/* For each field the argument that sets it. False after an error. */
static bool match_fields(struct checker *cx, const struct ast_expr *expr,
                         const struct ast_decl *ast, uint32_t *arg_of)
{
    bool good = true;
    for (uint32_t i = 0; i < ast->fields.len; i++)
        arg_of[i] = NONE;
    for (uint32_t i = 0; i < expr->args.len; i++) {
        const struct ast_arg *arg = &expr->args.at[i];
        uint32_t field = find_field(ast, arg->name);
        if (field == NONE) {
            report_unknown_field(cx, ast, arg->name, arg->name_loc);
            good = false;
        } else if (arg_of[field] != NONE) {
            sema_error(cx, AB0309, arg->name_loc, "field `%s` is given twice", arg->name);
            good = false;
        } else {
            arg_of[field] = i;
        }
    }
    for (uint32_t i = 0; i < ast->fields.len && good; i++)
        if (arg_of[i] == NONE) {
            struct diag *diag = sema_error(cx, AB0309, expr->loc, "field `%s` of `%s` is missing",
                                           ast->fields.at[i].name, ast->name);
            sema_note(cx, diag, ast->fields.at[i].loc, "a literal names every field once");
            good = false;
        }
    return good;
}

static struct decl *imported_struct(struct checker *cx, const struct ast_expr *path)
{
    struct decl *import = find_module(cx, path->left);
    if (!import) {
        report_no_module(cx, source_text(cx, path->left->loc), path->left->loc);
        return NULL;
    }
    struct decl *decl = find_member(cx, import, path->name, path->name_loc, SUGGEST_TYPES);
    if (!decl || decl->ast->kind == AST_STRUCT_DECL)
        return decl;
    sema_error(cx, AB0203, path->name_loc, "`%s` is not a struct", path->name);
    return NULL;
}

static struct decl *struct_named(struct checker *cx, const struct ast_expr *path)
{
    if (path->kind == AST_FIELD)
        return imported_struct(cx, path);
    struct found found = find_type_name(cx, path->name, path->loc);
    if (found.kind == FOUND_DECL && found.decl->ast->kind == AST_STRUCT_DECL)
        return found.decl;
    struct diag *diag = sema_error(cx, AB0203, path->loc,
                                   found.kind == FOUND_NOTHING ? "unknown struct `%s`"
                                                               : "`%s` is not a struct",
                                   path->name);
    const char *best = diag ? suggest_name(cx, path->name, path->loc, SUGGEST_TYPES) : NULL;
    if (best)
        sema_edit(cx, diag, path->loc, "did you mean this one?", "%s", best);
    return NULL;
}

static const char *field_text(struct checker *cx, const struct ast_decl *ast, uint32_t field)
{
    return arena_printf(cx->memory, "field `%s` of `%s`", ast->fields.at[field].name, ast->name);
}

/* A field without a declared type gets that of its value, settled (L16). */
static struct operand check_field_value(struct checker *cx, const struct ast_decl *ast,
                                        uint32_t field, const struct ast_expr *value,
                                        const struct ty *declared, const struct ty *expected)
{
    struct expectation who = {.what = field_text(cx, ast, field),
                              .loc = ast->fields.at[field].loc};
    if (ty_is_open(declared) && expected && !ty_is_unsure(expected) && !ty_is_open(expected))
        declared = expected;
    struct operand operand = check_value(cx, value, declared, &who);
    if (ty_is_weak(operand.ty))
        operand = convert_operand(cx, operand, ty_settled(&cx->types, operand.ty), &who);
    return operand;
}

struct operand check_struct_literal(struct checker *cx, const struct ast_expr *expr,
                                    const struct ty *expected)
{
    struct decl *decl = struct_named(cx, expr->left);
    if (!decl)
        return op_error(cx, expr->loc);
    const struct ast_decl *ast = decl->ast;
    uint32_t count = ast->fields.len;
    uint32_t *arg_of = ARENA_ARRAY(cx->memory, uint32_t, count);
    if (!match_fields(cx, expr, ast, arg_of) || decl->struct_ty->kind == TY_ERROR)
        return op_error(cx, expr->loc);
    bool fits = expected && expected->kind == TY_STRUCT && expected->decl == ast;
    struct operand *parts = ARENA_ARRAY(cx->memory, struct operand, count);
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, count);
    for (uint32_t arg = 0; arg < expr->args.len; arg++) {
        uint32_t field = find_field(ast, expr->args.at[arg].name);
        parts[field] =
            check_field_value(cx, ast, field, expr->args.at[arg].expr,
                              decl->struct_ty->parts.at[field],
                              fits ? expected->parts.at[field] : NULL);
        types[field] = parts[field].ty;
    }
    const struct ty *bad = spoiled(parts, count);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, expr->loc, parts, count);
    if (bad)
        return (struct operand){.ty = bad, .loc = expr->loc};
    if (refuse_unstorable(cx, parts, count, NAME_FIELD))
        return op_error(cx, expr->loc);
    struct operand made =
        compound_operand(cx, expr->loc, ty_struct(&cx->types, ast, types), parts);
    if (!made.parts)
        return made;
    struct typed_block *held = hold_in_order(cx, made.parts, arg_of, count);
    if (!held || !settle_operand(cx, &made))
        return made;
    return op_value(made.loc, tx_block(cx, held, made.expr), made.ty);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static uint32_t part_by_name(struct checker *cx, const struct ast_expr *expr,
                             const struct ty *whole)
{
    if (whole->kind == TY_STRUCT) {
        uint32_t field = find_field(whole->decl, expr->name);
        if (field == NONE)
            report_unknown_field(cx, whole->decl, expr->name, expr->name_loc);
        return field;
    }
    struct diag *diag = sema_error(cx, AB0205, expr->name_loc, "%s has no field `%s`",
                                   text_of(cx, whole), expr->name);
    if (whole->kind == TY_TUPLE)
        sema_help(cx, diag, "parts of a tuple are read by number: `.0`");
    return NONE;
}

/* The index in `t[0]`, which must be constant on a tuple. */
static bool constant_index(struct checker *cx, const struct ast_expr *expr, uint32_t count,
                           int128 *index)
{
    const struct ast_index *only = &expr->indexes.at[0];
    if (expr->indexes.len != 1 || only->kind != AST_INDEX_EXPR) {
        sema_error(cx, AB0312, expr->loc, "a tuple takes one constant index");
        return false;
    }
    struct operand operand = check_expr(cx, only->expr, NULL);
    if (ty_is_unsure(operand.ty))
        return false;
    if (!operand.constant || operand.constant->kind != CONSTANT_INT) {
        sema_error(cx, AB0312, operand.loc, "the index of a tuple must be a constant integer");
        return false;
    }
    *index = operand.constant->integer;
    if (*index < 0)
        *index += count;
    return true;
}

static uint32_t part_by_number(struct checker *cx, const struct ast_expr *expr,
                               const struct ty *whole)
{
    int128 index = expr->number;
    struct loc loc = expr->kind == AST_TUPLE_FIELD ? expr->name_loc : expr->loc;
    if (whole->kind != TY_TUPLE) {
        struct diag *diag =
            sema_error(cx, AB0312, loc, "%s has no numbered parts", text_of(cx, whole));
        if (ty_is_tensor(whole) && !ty_is_scalar(whole))
            sema_help(cx, diag, "elements of a tensor are read by an index: `x[%u]`", expr->number);
        return NONE;
    }
    if (expr->kind == AST_INDEX && !constant_index(cx, expr, whole->parts.len, &index))
        return NONE;
    if (index < 0 || index >= whole->parts.len) {
        struct diag *diag =
            sema_error(cx, AB0312, loc, "%s has %u part%s, counted from 0", text_of(cx, whole),
                       whole->parts.len, whole->parts.len == 1 ? "" : "s");
        if (!whole->parts.len && expr->left->kind == AST_FIELD
            && !strcmp(expr->left->name, "shape"))
            sema_help(cx, diag, "the shape of a scalar is (): it has no axes");
        return NONE;
    }
    return (uint32_t)index;
}

uint32_t find_part(struct checker *cx, const struct ast_expr *expr, const struct ty *whole)
{
    return expr->kind == AST_FIELD ? part_by_name(cx, expr, whole)
                                   : part_by_number(cx, expr, whole);
}

static struct operand part_of(struct checker *cx, const struct ast_expr *expr,
                              struct operand whole)
{
    if (ty_is_unsure(whole.ty) || whole.ty->kind == TY_NEVER) {
        whole.loc = expr->loc;
        return whole;
    }
    uint32_t part = find_part(cx, expr, whole.ty);
    if (part == NONE)
        return op_error(cx, expr->loc);
    return op_part(cx, whole, part, expr->loc);
}

static void look_at_expr(struct checker *cx, const struct ast_expr *expr)
{
    if (expr)
        check_expr(cx, expr, NULL);
}

void look_at_operands(struct checker *cx, const struct ast_expr *expr)
{
    for (uint32_t i = 0; i < expr->args.len; i++)
        look_at_expr(cx, expr->args.at[i].expr);
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        look_at_expr(cx, expr->indexes.at[i].expr);
        look_at_expr(cx, expr->indexes.at[i].stop);
        look_at_expr(cx, expr->indexes.at[i].step);
    }
}

struct operand check_part(struct checker *cx, const struct ast_expr *expr)
{
    struct operand whole = check_expr(cx, expr->left, NULL);
    if (ty_is_unsure(whole.ty))
        look_at_operands(cx, expr);
    if (expr->kind == AST_INDEX && ty_is_tensor(whole.ty))
        return check_index(cx, expr, whole);
    return part_of(cx, expr, whole);
}

struct operand check_field(struct checker *cx, const struct ast_expr *expr)
{
    struct operand whole = check_expr(cx, expr->left, NULL);
    if (ty_is_tensor(whole.ty) && is_tensor_attribute(expr->name))
        return tensor_attribute(cx, expr, whole);
    return part_of(cx, expr, whole);
}
