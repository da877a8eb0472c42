/* Places: variables and their parts, as targets of assignments and as inout arguments (L20). */
#include "sema/check.h"

#include <string.h>

static struct place no_place(struct checker *cx, const struct ast_expr *expr)
{
    return (struct place){.ty = cx->types.error, .loc = expr->loc};
}

static void report_immutable(struct checker *cx, const struct local *local, struct loc loc)
{
    const char *what = local->kind == LOCAL_LOOP ? "a loop variable" : "declared with `let`";
    struct diag *diag =
        sema_error(cx, AB0407, loc, "`%s` cannot be changed: it is %s", local->name, what);
    sema_note(cx, diag, local->loc, "declared here");
    if (diag && local->kind == LOCAL_LET && source_begins(cx, local->keyword, "let"))
        sema_edit(cx, diag, local->keyword, "make it a variable", "var");
}

static struct place local_place(struct checker *cx, const struct ast_expr *expr,
                                struct local *local, enum place_use use)
{
    if (local->kind == LOCAL_LET || local->kind == LOCAL_LOOP) {
        report_immutable(cx, local, expr->loc);
        local->is_read = true;
        return no_place(cx, expr);
    }
    if (use != PLACE_STORE) {
        bool was_read = local->is_read;
        use_local(cx, local, expr->loc); /* it must have a value */
        local->is_read = was_read || use == PLACE_INOUT;
    }
    local->is_written = true;
    struct place place = {.ty = local->ty, .local = local, .loc = expr->loc};
    if (local->var == NONE)
        return place;
    place.typed = ARENA_NEW(cx->memory, struct typed_place);
    *place.typed = (struct typed_place){.var = local->var, .loc = expr->loc};
    refresh_place(cx, &place);
    return place;
}

static struct place undeclared_place(struct checker *cx, const struct ast_expr *expr,
                                     enum place_use use)
{
    if (use != PLACE_STORE) {
        report_unknown_name(cx, expr->name, expr->loc);
        return no_place(cx, expr);
    }
    struct diag *diag = sema_error(cx, AB0213, expr->loc, "`%s` is not declared", expr->name);
    const char *best = diag ? suggest_name(cx, expr->name, expr->loc, SUGGEST_NAMES) : NULL;
    if (best)
        sema_help(cx, diag, "there is a `%s`; a new variable is declared with `var`", best);
    struct loc before = {expr->loc.file, expr->loc.begin, expr->loc.begin};
    sema_edit(cx, diag, before, "declare it", "var ");
    return no_place(cx, expr);
}

static struct place name_place(struct checker *cx, const struct ast_expr *expr, enum place_use use)
{
    if (use == PLACE_STORE && !strcmp(expr->name, "_"))
        return (struct place){.ty = cx->types.open, .loc = expr->loc};
    struct found found = find_name(cx, expr->name, expr->loc);
    if (found.kind == FOUND_LOCAL)
        return local_place(cx, expr, found.local, use);
    if (found.kind != FOUND_DECL)
        return undeclared_place(cx, expr, use);
    struct diag *diag = sema_error(cx, AB0407, expr->loc, "`%s` cannot be changed: it is %s",
                                   expr->name,
                                   found.decl->ast->kind == AST_CONST ? "a constant"
                                                                      : "not a variable");
    sema_note(cx, diag, found.decl->ast->name_loc, "declared here");
    return no_place(cx, expr);
}

static struct place part_place(struct checker *cx, const struct ast_expr *expr, enum place_use use)
{
    /* The rest of the variable stays as it is: it must be there already. */
    struct place place =
        check_place(cx, expr->left, use == PLACE_STORE ? PLACE_UPDATE : use);
    place.loc = expr->loc;
    if (ty_is_unsure(place.ty)) {
        place.typed = NULL;
        return place;
    }
    uint32_t part = find_part(cx, expr, place.ty);
    if (part == NONE)
        return no_place(cx, expr);
    place.ty = place.ty->parts.at[part];
    if (place.typed) {
        struct typed_step step = {.part = part};
        vec_push(cx->memory, &place.typed->steps, step);
        place.typed->loc = expr->loc;
        place.typed->ty = place.typed->ty->parts.at[part];
    }
    return place;
}

struct place check_place(struct checker *cx, const struct ast_expr *expr, enum place_use use)
{
    if (expr->kind == AST_NAME)
        return name_place(cx, expr, use);
    if (expr->kind == AST_FIELD || expr->kind == AST_TUPLE_FIELD || expr->kind == AST_INDEX)
        return part_place(cx, expr, use);
    struct diag *diag =
        sema_error(cx, AB0408, expr->loc, "this is not a place: nothing can be stored to it");
    if (use == PLACE_INOUT)
        sema_help(cx, diag, "an inout argument is a variable or a field of one");
    return no_place(cx, expr);
}

void refresh_place(struct checker *cx, struct place *place)
{
    if (!place->typed || !place->local || ty_is_unsure(place->local->ty))
        return;
    const struct ty *ty = place->local->ty;
    for (uint32_t i = 0; i < place->typed->steps.len; i++)
        ty = ty->parts.at[place->typed->steps.at[i].part];
    place->ty = ty;
    place->typed->ty = ty_settled(&cx->types, ty);
}

void mark_stored(struct checker *cx, const struct place *place)
{
    struct local *local = place->local;
    if (local && local->flow_bit != NONE)
        flow_set(cx, &cx->pass->flow, local->flow_bit);
}
