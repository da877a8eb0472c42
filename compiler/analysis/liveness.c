/* Liveness of values, backwards over the blocks until nothing grows. */
#include "analysis/analysis.h"

static void use_all(struct bitset *live, const value_id *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bitset_add(live, values[i]);
}

static void remove_all(struct bitset *live, const value_id *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        bitset_remove(live, values[i]);
}

static void use_in_term(struct bitset *live, const struct ir_term *term)
{
    if (term->kind == TERM_BR)
        bitset_add(live, term->condition);
    use_all(live, term->args.at, term->args.len);
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
        use_all(live, term->edges[edge].args.at, term->edges[edge].args.len);
}

/* From the end of the block, where `live` holds what is live out, to just behind `index` insts. */
static void step_back(const struct ir_func *func, const struct ir_block *block, uint32_t index,
                      struct bitset *live)
{
    use_in_term(live, &block->term);
    for (uint32_t i = block->insts.len; i > index; i--) {
        const struct ir_inst *inst = &func->insts.at[block->insts.at[i - 1]];
        remove_all(live, inst->results.at, inst->results.len);
        use_all(live, inst->args.at, inst->args.len);
    }
}

struct liveness liveness_of(struct arena *arena, const struct ir_func *func)
{
    struct liveness live = {.in = ARENA_ARRAY(arena, struct bitset, func->blocks.len),
                            .out = ARENA_ARRAY(arena, struct bitset, func->blocks.len)};
    for (block_id id = 0; id < func->blocks.len; id++) {
        live.in[id] = bitset_new(arena, func->values.len);
        live.out[id] = bitset_new(arena, func->values.len);
    }
    for (bool first = true, grew = true; grew; first = false) {
        grew = false;
        for (block_id id = func->blocks.len; id-- > 0;) {
            const struct ir_block *block = &func->blocks.at[id];
            bool more = first;
            for (uint32_t edge = 0; edge < ir_edge_count(&block->term); edge++)
                more |= bitset_union(&live.out[id], &live.in[block->term.edges[edge].to]);
            if (!more)
                continue;
            bitset_copy(&live.in[id], &live.out[id]);
            step_back(func, block, 0, &live.in[id]);
            remove_all(&live.in[id], block->params.at, block->params.len);
            grew = true;
        }
    }
    return live;
}

void liveness_after(const struct ir_func *func, const struct liveness *live, block_id block,
                    uint32_t index, struct bitset *out)
{
    bitset_copy(out, &live->out[block]);
    step_back(func, &func->blocks.at[block], index + 1, out);
}
