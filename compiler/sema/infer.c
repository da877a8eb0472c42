/* Result types through recursion (L14). Calls are followed depth first, by a stack of our own: a
 * function is walked when its callees outside of its cycle are done; the members of a cycle (a
 * strongly connected component, found as Tarjan does) are walked in rounds until no result changes.
 */
#include "sema/check.h"

/* Walks the body until its weak variables are fixed. False: first the callees in `pending`. */
static bool infer_body(struct checker *cx, struct inst *inst, struct inst_stack *pending)
{
    const struct ty *returns = NULL;
    inst->slots.len = 0;
    inst->waits_in_ring = false;
    for (bool again = true; again;) {
        struct arena *scratch = arena_new();
        struct pass pass = {.inst = inst, .pending = pending};
        cx->memory = scratch;
        pass.typed = ARENA_NEW(scratch, struct instance);
        walk_body(cx, &pass);
        again = slots_end(cx, &pass);
        returns = pass.returns ? pass.returns : cx->types.unit;
        if (returns->kind == TY_UNKNOWN && (pass.returns_plain || pass.flow.is_reachable))
            returns = cx->types.unit; /* a path ends without a value */
        arena_free(scratch);
        if (pending->len)
            return false;
    }
    if (!inst->stated) {
        const struct ty *joined = ty_join(&cx->types, inst->result, returns);
        inst->result = joined ? joined : cx->types.error;
    }
    return true;
}

static void enter(struct checker *cx, struct inst *inst, struct inst_stack *frames)
{
    inst->state = INST_ACTIVE;
    inst->index = inst->low = cx->next_index++;
    vec_push(cx->arena, &cx->open, inst);
    vec_push(cx->arena, frames, inst);
}

static uint32_t first_member(const struct checker *cx, const struct inst *head)
{
    uint32_t first = cx->open.len;
    while (cx->open.at[first - 1] != head)
        first--;
    return first - 1;
}

/* Rounds over a whole cycle until it is stable. False: first the callees in `pending`. */
static bool infer_cycle(struct checker *cx, uint32_t first, struct inst_stack *pending)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = first; i < cx->open.len; i++) {
            const struct ty *before = cx->open.at[i]->result;
            if (!infer_body(cx, cx->open.at[i], pending))
                return false;
            changed |= cx->open.at[i]->result != before;
        }
    }
    return true;
}

/* A result that is still unknown will always be: one member of the cycle says so. */
static void close_cycle(struct checker *cx, uint32_t first)
{
    bool reported = false;
    for (uint32_t i = first; i < cx->open.len; i++) {
        struct inst *inst = cx->open.at[i];
        inst->state = INST_DONE;
        if (inst->result->kind != TY_UNKNOWN || inst->is_probe)
            continue;
        inst->never_returns = !reported;
        reported = true;
        inst->result = cx->types.error;
    }
    cx->open.len = first;
}

static bool finish_cycle(struct checker *cx, struct inst *head)
{
    uint32_t first = first_member(cx, head);
    bool is_cycle = cx->open.len - first > 1 || head->calls_itself;
    if (is_cycle && !infer_cycle(cx, first, &head->pending))
        return false;
    close_cycle(cx, first);
    return true;
}

static struct inst *next_pending(struct inst *inst)
{
    while (inst->pending.len) {
        struct inst *callee = vec_pop(&inst->pending);
        if (callee->state == INST_NEW)
            return callee;
    }
    return NULL;
}

void infer_instance(struct checker *cx, struct inst *root)
{
    struct pass *outer = cx->pass;
    struct arena *memory = cx->memory;
    struct inst_stack frames = {0};
    enter(cx, root, &frames);
    while (frames.len) {
        struct inst *inst = vec_last(&frames);
        struct inst *callee = next_pending(inst);
        if (callee) {
            enter(cx, callee, &frames);
            continue;
        }
        if (!infer_body(cx, inst, &inst->pending)
            || (inst->low == inst->index && !finish_cycle(cx, inst)))
            continue;
        frames.len--;
        if (frames.len && inst->low < vec_last(&frames)->low)
            vec_last(&frames)->low = inst->low;
    }
    cx->pass = outer;
    cx->memory = memory;
}
