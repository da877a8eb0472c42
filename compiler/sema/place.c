/* Places: variables and their parts, as targets of assignments and as inout arguments (L20). */
#include "sema/tensor.h"

#include <string.h>

static struct place no_place(struct checker *cx, const struct ast_expr *expr)
{
    return (struct place){.ty = cx->types.error, .loc = expr->loc};
}

static void report_immutable(struct checker *cx, const struct local *local, struct loc loc)
{
    static const char *const kinds[] = {
        [LOCAL_LET] = "declared with `let`", [LOCAL_LOOP] = "a loop variable",
        [LOCAL_SIZE] = "a size parameter",   [LOCAL_CAPTURE] = "captured, with the value it had",
        [LOCAL_PARAM] = "a shared array"};
    const char *what = kinds[local->named && local->kind != LOCAL_SIZE ? LOCAL_PARAM : local->kind];
    struct diag *diag =
        sema_error(cx, AB0407, loc, "`%s` cannot be changed: it is %s", local->name, what);
    sema_note(cx, diag, local->loc, "declared here");
    if (diag && local->kind == LOCAL_LET && source_begins(cx, local->keyword, "let"))
        sema_edit(cx, diag, local->keyword, "make it a variable", "var");
}

static struct place local_place(struct checker *cx, const struct ast_expr *expr,
                                struct local *local, enum place_use use)
{
    bool is_fixed = local->kind != LOCAL_VAR && local->kind != LOCAL_PARAM;
    if (is_fixed || local->named) {
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
    struct local *local =
        declare_local(cx, LOCAL_VAR, expr->name, expr->loc, cx->types.error); /* one message */
    local->is_read = local->is_written = true;
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

/* ---- regions of tensors ---------------------------------------------------------------------- */

static struct place refuse_region(struct checker *cx, const struct ast_expr *expr,
                                  const char *message, const char *advice)
{
    struct diag *diag = sema_error(cx, AB0321, expr->loc, "%s", message);
    if (advice)
        sema_help(cx, diag, "%s", advice);
    return no_place(cx, expr);
}

/* `inner`, an axis of the region that `outer` makes, as one of the whole tensor. False: it cannot
 * be said by one index. */
static bool compose_axis(struct checker *cx, const struct typed_axis *outer,
                         struct typed_axis *inner, int64_t extent)
{
    bool inner_is_all = inner->kind == TYPED_AXIS_RANGE && inner->start == 0 && inner->step == 1
                        && inner->count == outer->count;
    if (inner_is_all) {
        *inner = *outer;
        return true;
    }
    bool outer_is_all = outer->kind == TYPED_AXIS_RANGE && outer->start == 0 && outer->step == 1
                        && outer->count == extent;
    if (outer_is_all)
        return true;
    bool is_constant = inner->kind == TYPED_AXIS_RANGE
                       || (inner->kind == TYPED_AXIS_AT && inner->at->kind == TX_CONST);
    if (outer->kind != TYPED_AXIS_RANGE || !is_constant)
        return false;
    inner->start = outer->start + inner->start * outer->step;
    inner->step *= outer->step;
    if (inner->kind == TYPED_AXIS_AT)
        inner->at = tx_const(cx, inner->loc, DT_I64, (union scalar){.i = inner->start});
    return true;
}

/* `x[a][b]`: one region of x. */
static bool compose(struct checker *cx, struct typed_step *outer, const typed_axes *inner,
                    const struct shape *whole)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < outer->axes.len; i++) {
        struct typed_axis *axis = &outer->axes.at[i];
        if (axis->kind == TYPED_AXIS_AT)
            continue;
        struct typed_axis composed = inner->at[next++];
        if (!compose_axis(cx, axis, &composed, whole->dim[i]))
            return false;
        *axis = composed;
    }
    return true;
}

/* The type of the part that the steps name, as the checker sees it. */
static const struct ty *type_at(struct checker *cx, const struct ty *ty,
                                const struct typed_place *place)
{
    for (uint32_t i = 0; i < place->steps.len; i++) {
        const struct typed_step *step = &place->steps.at[i];
        struct shape shape = {0};
        for (uint32_t k = 0; step->is_region && k < step->axes.len; k++)
            if (step->axes.at[k].kind != TYPED_AXIS_AT)
                shape.dim[shape.rank++] = step->axes.at[k].count;
        ty = step->is_region ? ty_tensor(&cx->types, ty_dtype(ty), &shape)
                             : ty->parts.at[step->part];
    }
    return ty;
}

static struct place region_place(struct checker *cx, const struct ast_expr *expr,
                                 struct place place)
{
    struct region region = check_region(cx, expr, place.ty);
    const struct ty *bad = spoiled(region.operands, region.operand_count);
    if (bad && bad->kind == TY_NEVER)
        return refuse_region(cx, expr, "this index has no value", NULL);
    if (bad || region.is_bad)
        return (struct place){.ty = bad && !region.is_bad ? bad : cx->types.error,
                              .loc = expr->loc};
    if (region.is_take)
        return refuse_region(cx, expr, "an integer tensor is no index of a place",
                             "store element by element in a loop");
    if (region.has_new_axes)
        return refuse_region(cx, expr, "`none` makes a new axis: a place has its own ones only",
                             NULL);
    if (!place.typed)
        return place;
    struct typed_step step = {.is_region = true, .axes = region.axes};
    struct typed_step *last =
        place.typed->steps.len ? &vec_last(&place.typed->steps) : NULL;
    if (last && last->is_region) {
        struct typed_place whole = *place.typed;
        whole.steps.len--;
        const struct ty *tensor = type_at(cx, place.local->ty, &whole);
        if (!compose(cx, last, &region.axes, ty_shape(tensor)))
            return refuse_region(cx, expr, "an index into a slice of a place must be constant",
                                 "write one index: `x[i]`, with `i` counted from the beginning");
    } else {
        vec_push(cx->memory, &place.typed->steps, step);
    }
    place.typed->loc = expr->loc;
    refresh_place(cx, &place);
    return place;
}

void hold_indexes(struct checker *cx, struct typed_block *block, const struct place *place)
{
    for (uint32_t i = 0; place->typed && i < place->typed->steps.len; i++) {
        struct typed_step *step = &place->typed->steps.at[i];
        for (uint32_t k = 0; step->is_region && k < step->axes.len; k++)
            if (step->axes.at[k].at)
                step->axes.at[k].at = tx_hold(cx, block, step->axes.at[k].at);
    }
}

bool is_region(const struct place *place)
{
    return place->typed && place->typed->steps.len && vec_last(&place->typed->steps).is_region;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static struct place part_place(struct checker *cx, const struct ast_expr *expr, enum place_use use)
{
    /* The rest of the variable stays as it is: it must be there already. */
    struct place place =
        check_place(cx, expr->left, use == PLACE_STORE ? PLACE_UPDATE : use);
    place.loc = expr->loc;
    if (ty_is_unsure(place.ty)) {
        look_at_operands(cx, expr);
        place.typed = NULL;
        return place;
    }
    if (expr->kind == AST_INDEX && ty_is_tensor(place.ty))
        return region_place(cx, expr, place);
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
        sema_help(cx, diag,
                  "an inout argument is a variable, or a field, an element or a slice of one");
    return no_place(cx, expr);
}

void refresh_place(struct checker *cx, struct place *place)
{
    if (!place->typed || !place->local || ty_is_unsure(place->local->ty))
        return;
    place->ty = type_at(cx, place->local->ty, place->typed);
    place->typed->ty = ty_settled(&cx->types, place->ty);
}

void mark_stored(struct checker *cx, const struct place *place)
{
    struct local *local = place->local;
    if (local && local->flow_bit != NONE)
        flow_set(cx, &cx->pass->flow, local->flow_bit);
}
