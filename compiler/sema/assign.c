/* Declarations and assignments: patterns on the left, one value on the right (L10, L11, L29). */
#include "sema/function.h"

#include <string.h>

/* The left side of a declaration or an assignment, as a tree: a place, or parts. */
struct target {
    struct loc loc;
    bool is_tuple;
    VEC(struct target) parts;
    const struct ty *declared;     /* annotation, or type of the place; open: takes what comes */
    const struct ast_pat *pat;     /* of a declaration */
    uint32_t slot;                 /* of a `var` without annotation, else NONE */
    struct place place;            /* of an assignment */
};

/* ---- the value ------------------------------------------------------------------------------- */

/* What the target tells about the type of the value; open where it does not. */
static const struct ty *expected_type(struct checker *cx, const struct target *target)
{
    if (!target->is_tuple || target->declared->kind != TY_OPEN)
        return target->declared;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, target->parts.len);
    for (uint32_t i = 0; i < target->parts.len; i++) {
        parts[i] = expected_type(cx, &target->parts.at[i]);
        if (ty_is_unsure(parts[i]))
            parts[i] = cx->types.open;
    }
    const struct ty *ty = ty_tuple(&cx->types, parts, target->parts.len);
    return ty ? ty : cx->types.open;
}

static void report_pattern(struct checker *cx, const struct target *target, struct loc value_loc,
                           const struct ty *ty)
{
    struct diag *diag = sema_error(cx, AB0310, target->loc,
                                   "this pattern has %u parts, but the value is %s",
                                   target->parts.len, text_of(cx, ty));
    sema_note(cx, diag, value_loc, "the value");
}

/* The type the value is converted to: weak parts that no annotation names stay weak. */
static const struct ty *target_type(struct checker *cx, const struct target *target,
                                    struct loc value_loc, const struct ty *ty)
{
    if (target->declared->kind != TY_OPEN)
        return target->declared;
    if (!target->is_tuple)
        return ty;
    if (ty->kind != TY_TUPLE || ty->parts.len != target->parts.len) {
        report_pattern(cx, target, value_loc, ty);
        return cx->types.error;
    }
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, ty->parts.len);
    for (uint32_t i = 0; i < ty->parts.len; i++) {
        parts[i] = target_type(cx, &target->parts.at[i], value_loc, ty->parts.at[i]);
        if (ty_is_unsure(parts[i]))
            return parts[i];
    }
    return ty_tuple(&cx->types, parts, ty->parts.len);
}

/* What a mismatch is reported against: the one name, or the pattern. */
static struct expectation expectation_of(struct checker *cx, const struct target *target)
{
    struct expectation who = {.what = "the pattern"};
    name called = target->pat ? target->pat->name
                  : target->place.local && target->place.typed && !target->place.typed->steps.len
                      ? target->place.local->name
                      : NULL;
    if (target->is_tuple)
        return who;
    if (called)
        who.what = arena_printf(cx->memory, "`%s`", called);
    else
        who.what = arena_printf(cx->memory, "`%s`", source_text(cx, target->loc));
    if (target->place.local) {
        who.loc = target->place.local->loc;
        who.began_weak = target->place.local->slot != NONE;
    }
    return who;
}

/* ---- stores ---------------------------------------------------------------------------------- */

/* A store under construction: the path to the part of the value that is being placed. */
struct store {
    struct typed_stmt *typed;
    uint32_t path[TYPE_MAX_DEPTH];
    uint32_t depth;
    uint32_t reads; /* number of the first weak variable that the value has read */
};

static void add_target(struct checker *cx, struct store *store, struct typed_place *place)
{
    struct typed_target *target = vec_add(cx->memory, &store->typed->targets);
    for (uint32_t i = 0; i < store->depth; i++)
        vec_push(cx->memory, &target->from, store->path[i]);
    target->place = place;
}

static void finish_store(struct checker *cx, struct store *store, struct operand *value,
                         struct typed_block *block)
{
    store->typed->value = settle_operand(cx, value);
    vec_push(cx->memory, &block->stmts, store->typed);
}

/* The value does not come: what is left is its evaluation. */
static void put_never(struct checker *cx, const struct ast_stmt *stmt, struct operand *value,
                      struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_EXPR, stmt->loc);
    typed->value = value->expr;
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- let and var ----------------------------------------------------------------------------- */

/* The name alone, without its annotation. */
static struct loc name_loc(const struct ast_pat *pat)
{
    struct loc loc = pat->loc;
    if (!pat->is_tuple && pat->type)
        loc.end = loc.begin + (uint32_t)strlen(pat->name);
    return loc;
}

static struct target pattern_target(struct checker *cx, const struct ast_pat *pat)
{
    struct target target = {
        .loc = name_loc(pat), .is_tuple = pat->is_tuple, .pat = pat, .slot = NONE};
    target.declared = pat->type ? resolve_type(cx, pat->type) : cx->types.open;
    for (uint32_t i = 0; i < pat->parts.len; i++)
        vec_push(cx->memory, &target.parts, pattern_target(cx, pat->parts.at[i]));
    return target;
}

static struct loc keyword_of(const struct ast_stmt *stmt)
{
    return (struct loc){stmt->loc.file, stmt->loc.begin, stmt->loc.begin + 3};
}

/* A `let` of a number too large for i64 has no variable: it is known wherever it is used. */
static bool needs_var(const struct ty *ty, const struct constant *constant)
{
    if (ty->kind == TY_META)
        return false;
    if (!constant || !ty_is_weak(ty) || !ty_is_tensor(ty))
        return true;
    if (constant->kind != CONSTANT_PARTS)
        return constant->kind != CONSTANT_INT || int_fits(constant->integer, DT_I64);
    for (uint32_t i = 0; i < constant->len; i++)
        if (constant->parts[i]->kind == CONSTANT_INT
            && !int_fits(constant->parts[i]->integer, DT_I64))
            return false;
    return true;
}

static void declare_name(struct checker *cx, const struct ast_stmt *stmt,
                         const struct target *target, const struct ty *ty,
                         const struct constant *constant, struct store *store)
{
    bool is_var = stmt->kind == AST_VAR;
    if (!strcmp(target->pat->name, "_")) {
        add_target(cx, store, NULL);
        return;
    }
    struct local *local = declare_local(cx, is_var ? LOCAL_VAR : LOCAL_LET, target->pat->name,
                                        target->loc, ty);
    local->slot = target->slot;
    local->keyword = keyword_of(stmt);
    local->constant = is_var ? NULL : constant;
    local->is_passing = !is_var && cx->pass->weak_reads.len > store->reads;
    if (!needs_var(ty, local->constant))
        return;
    local->var = declare_var(cx, local->name, local->loc, ty);
    struct typed_place *place = ARENA_NEW(cx->memory, struct typed_place);
    *place = (struct typed_place){
        .var = local->var, .loc = local->loc, .ty = ty_settled(&cx->types, ty)};
    add_target(cx, store, place);
}

static void declare_parts(struct checker *cx, const struct ast_stmt *stmt,
                          const struct target *target, const struct ty *ty,
                          const struct constant *constant, struct store *store)
{
    if (!target->is_tuple) {
        declare_name(cx, stmt, target, ty, constant, store);
        return;
    }
    bool known = ty->kind == TY_TUPLE && ty->parts.len == target->parts.len
                 && store->depth < TYPE_MAX_DEPTH;
    for (uint32_t i = 0; i < target->parts.len; i++) {
        const struct ty *part = known ? ty->parts.at[i] : cx->types.error;
        if (!known && ty->kind == TY_UNKNOWN)
            part = ty;
        const struct constant *value = constant && constant->parts ? constant->parts[i] : NULL;
        store->path[store->depth] = i;
        store->depth += known;
        declare_parts(cx, stmt, &target->parts.at[i], part, value, store);
        store->depth -= known;
    }
}

static void refuse_generic(struct checker *cx, const struct target *target)
{
    sema_error(cx, AB0311, target->loc, "%s has fields without a type, so `%s` needs a value",
               text_of(cx, target->declared), target->pat->name);
}

/* `var x: T`: must be set before it is read (L25). */
static void declare_unset(struct checker *cx, const struct ast_stmt *stmt,
                          const struct target *target)
{
    for (uint32_t i = 0; i < target->parts.len; i++)
        declare_unset(cx, stmt, &target->parts.at[i]);
    if (target->is_tuple || !strcmp(target->pat->name, "_"))
        return;
    const struct ty *ty = target->declared;
    if (!target->pat->type) {
        struct diag *diag = sema_error(cx, AB0311, target->loc,
                                       "`%s` needs a type or a value", target->pat->name);
        sema_help(cx, diag, "write `var %s: f64` or `var %s = 0.0`", target->pat->name,
                  target->pat->name);
        ty = cx->types.error;
    } else if (ty_is_named(ty)) {
        sema_error(cx, AB0514, target->loc, "a function value cannot be stored in a variable");
        ty = cx->types.error;
    } else if (ty_is_open(ty)) {
        refuse_generic(cx, target);
        ty = cx->types.error;
    }
    struct local *local = declare_local(cx, LOCAL_VAR, target->pat->name, target->loc, ty);
    local->keyword = keyword_of(stmt);
    local->var = declare_var(cx, local->name, local->loc, ty);
    local->flow_bit = cx->pass->flow_bits++;
    flow_unset(&cx->pass->flow, local->flow_bit);
}

/* Types of the names of a `var` that has no annotation; weak ones have been or will be fixed. */
static void assign_slots(struct checker *cx, struct target *target, const struct ty *ty)
{
    if (target->declared->kind != TY_OPEN)
        return;
    bool known = ty->kind == TY_TUPLE && ty->parts.len == target->parts.len;
    for (uint32_t i = 0; i < target->parts.len; i++)
        assign_slots(cx, &target->parts.at[i], known ? ty->parts.at[i] : cx->types.unknown);
    if (target->is_tuple)
        return;
    target->slot = slot_of_next_var(cx);
    if (!ty_is_unsure(ty))
        target->declared = slot_type(cx, target->slot, ty);
}

/* What has run-time extents is not stored: the name stands for the expression, over values as they
 * are now (L22). */
static void declare_view(struct checker *cx, const struct ast_stmt *stmt,
                         const struct target *target, struct operand *value,
                         struct typed_block *block)
{
    if (stmt->kind == AST_VAR || target->is_tuple) {
        struct diag *diag =
            sema_error(cx, AB0325, value->loc, "%s cannot be stored in a variable: its size is "
                       "known at run time only", text_of(cx, value->ty));
        if (diag && stmt->kind == AST_VAR)
            sema_edit(cx, diag, keyword_of(stmt), "`let` names it", "let");
    }
    if (target->declared->kind != TY_OPEN && target->declared != value->ty
        && !ty_is_unsure(target->declared)) {
        struct expectation who = expectation_of(cx, target);
        *value = convert_operand(cx, *value, target->declared, &who);
    }
    if (target->is_tuple || !strcmp(target->pat->name, "_"))
        return;
    struct local *local =
        declare_local(cx, LOCAL_LET, target->pat->name, target->loc, value->ty);
    local->keyword = keyword_of(stmt);
    if (op_is_shared(value)) {
        local->named = shared_type_of(cx, value);
        return;
    }
    if (!settle_operand(cx, value))
        return;
    local->view = tx_hold(cx, block, value->expr);
    struct typed_stmt *named = ts_new(cx, TS_EXPR, stmt->loc); /* faults here, also if not used */
    named->value = local->view;
    vec_push(cx->memory, &block->stmts, named);
}

void check_declaration(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct target target = pattern_target(cx, stmt->pat);
    uint32_t reads = cx->pass->weak_reads.len;
    if (!stmt->expr) {
        declare_unset(cx, stmt, &target);
        return;
    }
    cx->pass->bound_to = stmt->expr->kind == AST_LAMBDA ? stmt->pat->name : NULL;
    struct operand value = check_expr(cx, stmt->expr, expected_type(cx, &target));
    cx->pass->bound_to = NULL;
    struct expectation who = expectation_of(cx, &target);
    bool comes = value.ty->kind != TY_NEVER;
    const struct ty *ty = comes ? value.ty : cx->types.error;
    if (!comes)
        put_never(cx, stmt, &value, block);
    if (ty->kind == TY_META && (stmt->kind == AST_VAR || target.declared->kind != TY_OPEN)) {
        sema_error(cx, AB0204, value.loc, "a dtype is no value; `let` can name it");
        ty = cx->types.error;
    }
    if (stmt->kind == AST_VAR && refuse_name(cx, &value, NAME_STORED))
        ty = cx->types.error;
    if (ty_is_tensor(ty) && (ty_has_extents(ty) || op_is_shared(&value))) {
        declare_view(cx, stmt, &target, &value, block);
        return;
    }
    if (stmt->kind == AST_VAR)
        assign_slots(cx, &target, ty);
    if (!ty_is_unsure(ty))
        ty = target_type(cx, &target, value.loc, ty);
    else if (!ty_is_open(target.declared))
        ty = target.declared;
    if (comes && !ty_is_unsure(ty)) {
        value = convert_operand(cx, value, ty, &who);
        ty = value.ty;
    }
    struct store *store = ARENA_NEW(cx->memory, struct store);
    store->typed = ts_new(cx, TS_STORE, stmt->loc);
    store->reads = reads;
    declare_parts(cx, stmt, &target, ty, op_constant(cx, &value), store);
    if (store->typed->targets.len && comes)
        finish_store(cx, store, &value, block);
}

/* ---- assignment ------------------------------------------------------------------------------ */

static struct target place_target(struct checker *cx, const struct ast_expr *expr,
                                  struct typed_block *block)
{
    struct target target = {.loc = expr->loc, .declared = cx->types.open};
    if (expr->kind == AST_TUPLE) {
        target.is_tuple = true;
        for (uint32_t i = 0; i < expr->args.len; i++)
            vec_push(cx->memory, &target.parts, place_target(cx, expr->args.at[i].expr, block));
        return target;
    }
    target.place = check_place(cx, expr, PLACE_STORE);
    hold_indexes(cx, block, &target.place);
    if (!ty_is_weak(target.place.ty))
        target.declared = target.place.ty;
    return target;
}

/* Tells weak variables what is stored, and finds out the types of all places. */
static void fix_places(struct checker *cx, struct target *target, const struct ty *ty,
                       uint32_t reads)
{
    bool known = ty->kind == TY_TUPLE && ty->parts.len == target->parts.len;
    for (uint32_t i = 0; i < target->parts.len && known; i++)
        fix_places(cx, &target->parts.at[i], ty->parts.at[i], reads);
    if (target->is_tuple || !target->place.local)
        return;
    slot_store(cx, &target->place, ty, reads);
    refresh_place(cx, &target->place);
    target->declared = target->place.ty;
}

static void store_parts(struct checker *cx, const struct target *target, struct store *store)
{
    for (uint32_t i = 0; i < target->parts.len && store->depth < TYPE_MAX_DEPTH; i++) {
        store->path[store->depth++] = i;
        store_parts(cx, &target->parts.at[i], store);
        store->depth--;
    }
    if (target->is_tuple)
        return;
    mark_stored(cx, &target->place);
    add_target(cx, store, target->place.typed);
}

static bool must_broadcast(const struct target *target, const struct ty *ty)
{
    bool known = ty->kind == TY_TUPLE && ty->parts.len == target->parts.len;
    for (uint32_t i = 0; i < target->parts.len && known; i++)
        if (must_broadcast(&target->parts.at[i], ty->parts.at[i]))
            return true;
    return !target->is_tuple && is_region(&target->place) && ty_is_tensor(ty)
           && !shape_equal(ty_shape(ty), ty_shape(target->place.ty));
}

/* What goes into elements and slices is broadcast to them (L11). */
static struct operand broadcast_value(struct checker *cx, const struct target *target,
                                      struct operand value, struct typed_block *block)
{
    struct shape joined;
    if (!must_broadcast(target, value.ty))
        return value;
    if (!target->is_tuple) {
        const struct shape *shape = ty_shape(target->place.ty);
        bool fits = shapes_broadcast(ty_shape(value.ty), shape, &joined);
        return fits && shape_equal(&joined, shape) ? broadcast_operand(cx, value, shape) : value;
    }
    uint32_t count = target->parts.len;
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, count);
    struct operand *parts = ARENA_ARRAY(cx->memory, struct operand, count);
    if (!value.parts && settle_operand(cx, &value))
        value.expr = tx_hold(cx, block, value.expr);
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = value.parts ? value.parts[i] : op_part(cx, value, i, value.loc);
        parts[i] = broadcast_value(cx, &target->parts.at[i], parts[i], block);
        types[i] = parts[i].ty;
    }
    return (struct operand){
        .ty = ty_tuple(&cx->types, types, count), .parts = parts, .loc = value.loc};
}

void check_assign(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct target target = place_target(cx, stmt->target, block);
    uint32_t reads = cx->pass->weak_reads.len;
    struct operand value = check_expr(cx, stmt->expr, expected_type(cx, &target));
    struct store *store = ARENA_NEW(cx->memory, struct store);
    store->typed = ts_new(cx, TS_STORE, stmt->loc);
    if (value.ty->kind == TY_NEVER) {
        put_never(cx, stmt, &value, block);
        return;
    }
    if (value.ty->kind == TY_META) {
        sema_error(cx, AB0204, value.loc, "a dtype is no value: name it with `let`");
        value = op_error(cx, value.loc);
    }
    if (refuse_name(cx, &value, NAME_STORED))
        value = op_error(cx, value.loc);
    if (!ty_is_unsure(value.ty)) {
        fix_places(cx, &target, value.ty, reads);
        value = broadcast_value(cx, &target, value, block);
        struct expectation who = expectation_of(cx, &target);
        const struct ty *ty = target_type(cx, &target, value.loc, value.ty);
        value = ty_is_unsure(ty) ? op_error(cx, value.loc) : convert_operand(cx, value, ty, &who);
    }
    store_parts(cx, &target, store);
    if (!ty_is_unsure(value.ty))
        finish_store(cx, store, &value, block);
}

static void report_narrowing(struct checker *cx, const struct ast_stmt *stmt,
                             const struct operand *value, const struct target *target)
{
    const char *op = ast_op_spelling[stmt->op];
    struct diag *diag =
        sema_error(cx, AB0301, stmt->loc, "`%s=` gives %s, but %s", op, text_of(cx, value->ty),
                   arena_printf(cx->memory, "`%s` is %s", source_text(cx, target->loc),
                                text_of(cx, target->place.ty)));
    if (target->place.local)
        sema_note(cx, diag, target->place.local->loc, "`%s` is declared here",
                  target->place.local->name);
    if (!diag)
        return;
    const char *place = source_text(cx, target->loc), *right = source_text(cx, stmt->expr->loc);
    if (stmt->op == AST_DIV && dtype_is_integer(ty_dtype(target->place.ty)))
        sema_edit(cx, diag, stmt->loc, "integers are divided by `//`", "%s //= %s", place, right);
    else if (target->place.local && target->place.local->slot != NONE
             && dtype_is_integer(ty_dtype(target->place.ty)) && dtype_is_float(ty_dtype(value->ty)))
        sema_help(cx, diag, "it began as an integer: begin with a float, like 0.0, to make it one");
    else
        sema_edit(cx, diag, stmt->loc, "convert it", "%s = %s(%s %s %s)", place,
                  dtype_table[ty_dtype(target->place.ty)].name, place, op, right);
}

/* x = x op e, with the place found once. */
void check_assign_op(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct place place = check_place(cx, stmt->target, PLACE_UPDATE);
    hold_indexes(cx, block, &place);
    struct operand left = {.ty = place.ty, .loc = stmt->target->loc};
    if (place.typed && !ty_is_unsure(place.ty))
        left.expr = tx_new(cx, TX_TARGET, left.loc, place.typed->ty);
    uint32_t reads = cx->pass->weak_reads.len;
    struct operand right = check_expr(cx, stmt->expr, NULL);
    if (right.ty->kind == TY_NEVER) {
        put_never(cx, stmt, &right, block);
        return;
    }
    cx->pass->in_update = true;
    struct operand value = check_operator(cx, stmt->op, stmt->loc, left, right, stmt->expr);
    cx->pass->in_update = false;
    if (ty_is_unsure(value.ty) || !place.typed)
        return;
    struct target target = {.loc = stmt->target->loc, .place = place, .declared = place.ty};
    struct expectation who = expectation_of(cx, &target);
    slot_store(cx, &target.place, value.ty, reads);
    refresh_place(cx, &target.place);
    if (ty_is_tensor(value.ty) && ty_is_tensor(target.place.ty)
        && shape_equal(ty_shape(value.ty), ty_shape(target.place.ty))
        && !converts(value.ty, target.place.ty)) {
        report_narrowing(cx, stmt, &value, &target);
        return;
    }
    value = convert_operand(cx, value, target.place.ty, &who);
    struct store *store = ARENA_NEW(cx->memory, struct store);
    store->typed = ts_new(cx, TS_STORE, stmt->loc);
    add_target(cx, store, target.place.typed);
    finish_store(cx, store, &value, block);
}
