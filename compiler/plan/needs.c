/* What code really reads. A fused tensor has no memory: who reads it reads what it is computed
 * from, down to stored tensors and scalars. So these are what is live, never the fused value.
 *
 *   %t: f64[3] = broadcast %x;  %s: f64[3] = add %a, %t      a use of fused %t is a use of %x */
#include "plan/plan.h"

bool plan_is_tensor(const struct ir_func *func, value_id value)
{
    return func->values.at[value].type.shape.rank > 0;
}

bool plan_is_stored(const struct plan_func *func, value_id value)
{
    return func->nests.form[value] == FORM_STORED;
}

void plan_add_use(const struct plan_func *func, value_id value, struct bitset *set)
{
    if (func->nests.form[value] != FORM_FUSED) {
        bitset_add(set, value);
        return;
    }
    for (uint32_t i = 0; i < func->under[value].len; i++)
        bitset_add(set, func->under[value].at[i]);
}

void plan_add_uses(const struct plan_func *func, const value_id *values, uint32_t count,
                   struct bitset *set)
{
    for (uint32_t i = 0; i < count; i++)
        plan_add_use(func, values[i], set);
}

void plan_add_term_uses(const struct plan_func *func, const struct ir_term *term,
                        struct bitset *set)
{
    if (term->kind == TERM_BR)
        plan_add_use(func, term->condition, set);
    plan_add_uses(func, term->args.at, term->args.len, set);
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        plan_add_uses(func, term->edges[e].args.at, term->edges[e].args.len, set);
}

/* Values stand in the order of their definitions, so what is under an operand is known. */
static void find_under(struct arena *arena, const struct ir_func *ir, struct plan_func *func)
{
    struct bitset under = bitset_new(arena, ir->values.len + 1);
    func->under = arena_alloc(arena, sizeof *func->under * (ir->values.len + 1));
    for (value_id v = 0; v < ir->values.len; v++) {
        if (func->nests.form[v] != FORM_FUSED)
            continue;
        const struct ir_inst *inst = &ir->insts.at[ir->values.at[v].inst];
        bitset_clear(&under);
        plan_add_uses(func, inst->args.at, inst->args.len, &under);
        for (uint32_t u = bitset_next(&under, 0); u < under.size; u = bitset_next(&under, u + 1))
            vec_push(arena, &func->under[v], u);
    }
}

/* From the end of a block back to instruction `start`; fused values are made where they are read. */
void plan_step_back(const struct ir_func *ir, const struct plan_func *func, block_id block,
                    uint32_t start, struct bitset *live)
{
    const struct ir_block *b = &ir->blocks.at[block];
    plan_add_term_uses(func, &b->term, live);
    for (uint32_t i = b->insts.len; i-- > start;) {
        const struct ir_inst *inst = &ir->insts.at[b->insts.at[i]];
        bool is_made = true;
        for (uint32_t r = 0; r < inst->results.len; r++) {
            bitset_remove(live, inst->results.at[r]);
            is_made &= func->nests.form[inst->results.at[r]] != FORM_FUSED;
        }
        if (is_made)
            plan_add_uses(func, inst->args.at, inst->args.len, live);
    }
}

static void find_used(struct arena *arena, const struct ir_func *ir, struct plan_func *func)
{
    func->used_values = bitset_new(arena, ir->values.len + 1);
    for (block_id b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        plan_add_term_uses(func, &block->term, &func->used_values);
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            plan_add_uses(func, inst->args.at, inst->args.len, &func->used_values);
        }
    }
}

static void find_live(struct arena *arena, const struct ir_func *ir, struct plan_func *func)
{
    struct liveness *live = &func->live;
    live->in = ARENA_ARRAY(arena, struct bitset, ir->blocks.len + 1);
    live->out = ARENA_ARRAY(arena, struct bitset, ir->blocks.len + 1);
    for (block_id b = 0; b < ir->blocks.len; b++) {
        live->in[b] = bitset_new(arena, ir->values.len + 1);
        live->out[b] = bitset_new(arena, ir->values.len + 1);
    }
    for (bool first = true, grew = true; grew; first = false) {
        grew = false;
        for (block_id b = ir->blocks.len; b-- > 0;) {
            const struct ir_block *block = &ir->blocks.at[b];
            bool more = first;
            for (uint32_t e = 0; e < ir_edge_count(&block->term); e++)
                more |= bitset_union(&live->out[b], &live->in[block->term.edges[e].to]);
            if (!more)
                continue;
            bitset_copy(&live->in[b], &live->out[b]);
            plan_step_back(ir, func, b, 0, &live->in[b]);
            for (uint32_t p = 0; p < block->params.len; p++)
                bitset_remove(&live->in[b], block->params.at[p]);
            grew = true;
        }
    }
}

void plan_needs(const struct plan *plan, struct plan_entry *entry, func_id func)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    find_under(plan->arena, ir, out);
    find_used(plan->arena, ir, out);
    find_live(plan->arena, ir, out);
}
