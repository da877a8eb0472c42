/* Variables that began weak (L10): `var s = 0.0` is f32 when the first sized value stored into it
 * makes it so. A body is walked until all of them are fixed: the first pass that meets such a store
 * fixes the type, and what was read before that is read again in the next pass.
 *
 *   var w = 0
 *   var v = 1
 *   v = x + w       # x: i32. It waits for w, which turns out to be i64, and so v is i64 as well.
 *
 * A value that has read other weak variables may become of another type when they are fixed, so the
 * store waits. Where variables wait for each other, the first store of a sized value does not. */
#include "sema/check.h"

uint32_t slot_of_next_var(struct checker *cx)
{
    struct pass *pass = cx->pass;
    uint32_t slot = pass->next_slot++;
    while (pass->inst->slots.len <= slot)
        vec_push(cx->arena, &pass->inst->slots, ((struct slot){0}));
    return slot;
}

/* A bool or a small integer counts as i64, so that `n = 0; n += byte` cannot wrap at 256. */
static enum dtype counted(enum dtype stored)
{
    bool is_small = dtype_is_integer(stored) && dtype_table[stored].bytes < 4;
    return stored == DT_BOOL || is_small ? DT_I64 : stored;
}

/* `weak` with the weak leaves fixed that are strong in `stored`. */
static const struct ty *fix(struct checker *cx, const struct ty *weak, const struct ty *stored)
{
    if (!ty_is_weak(weak))
        return weak;
    if (ty_is_tensor(weak)) { /* the shapes are compared when the value is converted */
        if (!ty_is_tensor(stored) || ty_is_weak(stored))
            return weak;
        return ty_with_dtype(&cx->types, weak,
                             dtype_promote(ty_dtype(weak), counted(ty_dtype(stored))));
    }
    if (stored->kind != weak->kind || stored->decl != weak->decl
        || stored->parts.len != weak->parts.len)
        return weak;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, weak->parts.len);
    for (uint32_t i = 0; i < weak->parts.len; i++)
        parts[i] = fix(cx, weak->parts.at[i], stored->parts.at[i]);
    return ty_of_parts(&cx->types, weak, parts);
}

/* The same for the part of `weak` that steps first.. of a place name. */
static const struct ty *fix_at(struct checker *cx, const struct ty *weak,
                               const struct typed_place *place, uint32_t first,
                               const struct ty *stored)
{
    if (first == place->steps.len || place->steps.at[first].is_region)
        return fix(cx, weak, stored);
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, weak->parts.len);
    for (uint32_t i = 0; i < weak->parts.len; i++)
        parts[i] = weak->parts.at[i];
    uint32_t part = place->steps.at[first].part;
    parts[part] = fix_at(cx, parts[part], place, first + 1, stored);
    return ty_of_parts(&cx->types, weak, parts);
}

/* Leaves that an earlier pass has fixed, where the value is weak again. */
static const struct ty *with_fixed(struct checker *cx, const struct ty *initial,
                                   const struct ty *fixed)
{
    if (!fixed || !ty_is_weak(initial))
        return initial;
    if (ty_is_tensor(initial))
        return ty_is_tensor(fixed) ? ty_with_dtype(&cx->types, initial, ty_dtype(fixed)) : initial;
    if (fixed->kind != initial->kind || fixed->parts.len != initial->parts.len)
        return initial;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, initial->parts.len);
    for (uint32_t i = 0; i < initial->parts.len; i++)
        parts[i] = with_fixed(cx, initial->parts.at[i], fixed->parts.at[i]);
    return ty_of_parts(&cx->types, initial, parts);
}

const struct ty *slot_type(struct checker *cx, uint32_t slot, const struct ty *initial)
{
    struct slot *at = &cx->pass->inst->slots.at[slot];
    const struct ty *ty = with_fixed(cx, initial, at->fixed);
    if (cx->pass->is_final)
        ty = ty_settled(&cx->types, ty);
    at->seen = ty;
    return ty;
}

static void set_type(struct checker *cx, struct local *local, const struct ty *ty)
{
    struct pass *pass = cx->pass;
    struct slot *slot = &pass->inst->slots.at[local->slot];
    if (pass->is_stale)
        return;
    pass->slots_changed = true;
    pass->is_stale = local->is_read_weak;
    slot->fixed = slot->seen = local->ty = ty;
    if (local->var != NONE)
        pass->typed->vars.at[local->var].ty = ty_settled(&cx->types, ty);
}

bool slot_is_unfixed(const struct checker *cx, const struct local *local)
{
    return local->slot != NONE && ty_is_weak(local->ty)
           && (local->kind == LOCAL_VAR || cx->pass->inst->slots.at[local->slot].is_written);
}

static bool reads_others(const struct pass *pass, const struct local *local, uint32_t reads)
{
    for (uint32_t i = reads; i < pass->weak_reads.len; i++)
        if (pass->weak_reads.at[i] != local)
            return true;
    return false;
}

/* Whether the type that a store gives, if it is sized by now, is to be had in a later pass. */
static bool store_waits(struct checker *cx, const struct local *local, uint32_t reads,
                        bool is_sized)
{
    struct inst *inst = cx->pass->inst;
    struct slot *slot = &inst->slots.at[local->slot];
    if (slot->is_waiting || !reads_others(cx->pass, local, reads))
        return slot->is_waiting;
    slot->is_waiting = !inst->waits_in_ring;
    inst->waits_in_ring &= !is_sized;
    return slot->is_waiting;
}

void slot_store(struct checker *cx, const struct place *place, const struct ty *stored,
                uint32_t reads)
{
    struct local *local = place->local;
    if (!local || local->slot == NONE || !place->typed || !ty_is_weak(local->ty))
        return;
    if (local->kind == LOCAL_PARAM && !cx->pass->inst->slots.at[local->slot].is_written) {
        /* From the next pass on it is a variable that begins with the argument. */
        cx->pass->inst->slots.at[local->slot].is_written = true;
        cx->pass->slots_changed = cx->pass->is_stale = true;
        return;
    }
    const struct ty *ty = fix_at(cx, local->ty, place->typed, 0, stored);
    if (!store_waits(cx, local, reads, ty != local->ty) && ty != local->ty)
        set_type(cx, local, ty);
}

void slots_begin(struct inst *inst)
{
    for (uint32_t i = 0; i < inst->slots.len; i++) {
        inst->slots.at[i].seen = NULL;
        inst->slots.at[i].is_waiting = false;
    }
}

/* Nothing waits in a pass that has been told so and has found no store of a sized type. */
bool slots_end(struct checker *cx, struct pass *pass)
{
    bool changed = pass->slots_changed, is_waiting = false;
    for (uint32_t i = 0; i < pass->inst->slots.len && !pass->slots_changed; i++) {
        struct slot *slot = &pass->inst->slots.at[i];
        is_waiting |= slot->is_waiting;
        if (slot->seen && ty_is_weak(slot->seen) && !slot->is_waiting) { /* nothing sized comes */
            slot->fixed = ty_settled(&cx->types, slot->seen);
            changed = true;
        }
    }
    pass->inst->waits_in_ring = is_waiting && !changed;
    return changed || is_waiting;
}
