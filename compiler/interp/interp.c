#include "interp/interp.h"

#include "interp/code.h"
#include "interp/cycles.h"

#include <assert.h>
#include <string.h>

/* A caller that waits for its callee. */
struct frame {
    const struct code *code;
    const struct code_inst *call;
    uint32_t base, depth;
};

struct interp {
    struct arena *arena;
    const struct ir_prog *prog;
    const uint32_t *cycles;
    struct code **codes; /* by func_id, NULL until it is called */
    VEC(struct frame) frames;
    VEC(union slot) slots;  /* `len` is not used: the running frame ends it */
    VEC(union slot) passed; /* values on their way from one place to another */
    VEC(const void *) seen; /* values on their way to a callback, scalars among them in `scalars` */
    VEC(union scalar) scalars;
    struct tensor_pool pool; /* a slot holds its tensor exactly while that is alive (lives.h) */
    const void **shared;     /* by number in the program: those of the running entry */
    int64_t *extents;
};

/* One example on its way. */
struct run {
    struct interp *interp;
    const struct ir_entry *entry;
    const struct interp_options *options;
    int64_t batch_index;
    uint64_t fuel;
    const struct code *code;
    const struct code_inst *at; /* the next instruction */
    uint32_t base, depth;       /* of the running activation */
    struct interp_result result;
    bool is_done;
};

static const struct interp_options no_options;

/* ---- values ---------------------------------------------------------------------------- */

static void reserve_slots(struct interp *interp, uint32_t count)
{
    while (interp->slots.cap < count) {
        interp->slots.at = vec_grow(interp->arena, interp->slots.at, interp->slots.cap,
                                    &interp->slots.cap, sizeof *interp->slots.at);
    }
}

static union slot slot_of(const struct code *code, const union slot *frame, operand from)
{
    const union slot *const rows[2] = {frame, code->constants.at};
    return rows[from & OPERAND_CONSTANT][from / OPERAND_MARKS];
}

static union scalar value_of(const struct code *code, const union slot *frame, operand from)
{
    return slot_of(code, frame, from).scalar;
}

/* The values of a list, in memory of their own, so that what they are copied to may overlap. */
static const union slot *read_list(struct run *run, struct code_list list)
{
    struct interp *interp = run->interp;
    const union slot *frame = interp->slots.at + run->base;
    interp->passed.len = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        operand from = run->code->operands.at[list.first + i];
        vec_push(interp->arena, &interp->passed, slot_of(run->code, frame, from));
    }
    return interp->passed.at;
}

/* The tensors in these slots of the frame end their lives. */
static void bury(struct run *run, struct code_list dead)
{
    const uint32_t *slots = run->code->slots.at + dead.first;
    for (uint32_t i = 0; i < dead.count; i++)
        tensor_release(&run->interp->pool, run->interp->slots.at[run->base + slots[i]].tensor);
}

/* The values of a list to another place, which holds their tensors too; then some end here. */
static const union slot *pass(struct run *run, struct code_list list, struct code_list dead)
{
    const union slot *passed = read_list(run, list);
    for (uint32_t i = 0; i < list.count; i++)
        if (run->code->operands.at[list.first + i] & OPERAND_TENSOR)
            passed[i].tensor->holders++;
    bury(run, dead);
    return passed;
}

/* Values of `passed` as callbacks see them. */
static const void *const *show_values(struct interp *interp, const struct ir_func *func,
                                      const value_id *values, uint32_t count)
{
    interp->seen.len = 0;
    interp->scalars.len = 0;
    for (uint32_t i = 0; i < count; i++)
        vec_push(interp->arena, &interp->scalars, (union scalar){.u = 0});
    for (uint32_t i = 0; i < count; i++) {
        const struct type *type = &func->values.at[values[i]].type;
        const void *place = &interp->scalars.at[i];
        if (type->shape.rank > 0)
            place = interp->passed.at[i].tensor->elements;
        else
            element_store(&interp->scalars.at[i], type->dtype, interp->passed.at[i].scalar);
        vec_push(interp->arena, &interp->seen, place);
    }
    return interp->seen.at;
}

/* ---- control --------------------------------------------------------------------------- */

static void stop(struct run *run, fault_id fault, bool out_of_fuel)
{
    run->result = (struct interp_result){fault, out_of_fuel};
    run->is_done = true;
}

static void trace(const struct run *run, block_id to)
{
    struct interp *interp = run->interp;
    const struct code_block *block = &run->code->blocks.at[to];
    const uint32_t *slots = run->code->slots.at + block->params;
    interp->passed.len = 0;
    for (uint32_t i = 0; i < block->param_count; i++)
        vec_push(interp->arena, &interp->passed, interp->slots.at[run->base + slots[i]]);
    const struct ir_func *func = run->code->func;
    const void *const *args =
        show_values(interp, func, func->blocks.at[to].params.at, block->param_count);
    run->options->trace(run->options->user, func, to, args, block->param_count);
}

/* Every loop and every call comes through here. */
static void enter_block(struct run *run, block_id to)
{
    const struct code_block *block = &run->code->blocks.at[to];
    const volatile int *wish = run->options->stop;
    if (run->fuel < block->cost || (wish && *wish)) {
        stop(run, 0, true);
        return;
    }
    run->fuel -= block->cost;
    run->at = run->code->insts.at + block->first;
    if (run->options->trace)
        trace(run, to);
    bury(run, block->unread);
}

static void take_edge(struct run *run, uint32_t number)
{
    const struct code_edge *edge = &run->code->edges.at[number];
    const struct code_block *block = &run->code->blocks.at[edge->to];
    const uint32_t *slots = run->code->slots.at + block->params;
    union slot *frame = run->interp->slots.at + run->base;
    operand first = edge->from.count > 0 ? run->code->operands.at[edge->from.first] : 0;
    if (edge->from.count == 1 && !(first & OPERAND_TENSOR)) {
        bury(run, edge->dead);
        frame[slots[0]] = slot_of(run->code, frame, first);
    } else {
        const union slot *passed = pass(run, edge->from, edge->dead);
        for (uint32_t i = 0; i < edge->from.count; i++)
            frame[slots[i]] = passed[i];
    }
    enter_block(run, edge->to);
}

static const struct code *code_for(struct interp *interp, func_id func)
{
    if (!interp->codes[func])
        interp->codes[func] = code_of(interp->arena, interp->prog, func, interp->cycles);
    return interp->codes[func];
}

/* Starts the function in a frame at `base`, which may be where the arguments come from. */
static void start(struct run *run, func_id func, const union slot *args, uint32_t count,
                  uint32_t base, uint32_t depth)
{
    run->code = code_for(run->interp, func);
    run->base = base;
    run->depth = depth;
    reserve_slots(run->interp, base + run->code->frame_size);
    for (uint32_t i = 0; i < count; i++)
        run->interp->slots.at[base + i] = args[i];
    enter_block(run, 0);
}

/* Depth counts the unfinished calls within one cycle of the call graph (L3). */
static void call(struct run *run, const struct code_inst *inst)
{
    uint32_t depth = inst->in_cycle ? run->depth + 1 : 0;
    if (depth > run->entry->max_depth) {
        stop(run, inst->fault, false);
        return;
    }
    const union slot *args = pass(run, inst->list, inst->dead);
    struct frame caller = {run->code, inst, run->base, run->depth};
    vec_push(run->interp->arena, &run->interp->frames, caller);
    start(run, inst->callee, args, inst->list.count, run->base + run->code->frame_size, depth);
}

static void tail(struct run *run, const struct code_inst *inst)
{
    const union slot *args = pass(run, inst->list, inst->dead);
    uint32_t depth = inst->in_cycle ? run->depth : 0;
    start(run, inst->callee, args, inst->list.count, run->base, depth);
}

/* The results of the outermost activation stay in `passed`. */
static void ret(struct run *run, const struct code_inst *inst)
{
    struct interp *interp = run->interp;
    const union slot *results = pass(run, inst->list, inst->dead);
    if (interp->frames.len == 0) {
        run->is_done = true;
        return;
    }
    struct frame caller = vec_pop(&interp->frames);
    run->code = caller.code;
    run->base = caller.base;
    run->depth = caller.depth;
    run->at = caller.call + 1;
    const uint32_t *slots = run->code->slots.at + caller.call->results;
    for (uint32_t i = 0; i < inst->list.count; i++)
        interp->slots.at[run->base + slots[i]] = results[i];
    bury(run, caller.call->unread);
}

static void tensor(struct run *run, const struct code_inst *inst)
{
    struct interp *interp = run->interp;
    const struct surroundings cx = {&interp->pool, interp->prog, interp->shared, interp->extents};
    const union slot *args = read_list(run, inst->list);
    interp->slots.at[run->base + inst->to] =
        tensor_inst(&cx, run->code->func, inst->source, args, inst->is_last);
    bury(run, inst->dead);
}

static void show(struct run *run, const struct code_inst *inst)
{
    const struct ir_inst *source = inst->source;
    const struct ir_func *func = run->code->func;
    read_list(run, inst->list);
    const void *const *values =
        show_values(run->interp, func, source->args.at, inst->list.count);
    for (uint32_t i = 0; i < inst->list.count && run->options->show; i++) {
        const struct type *type = &func->values.at[source->args.at[i]].type;
        run->options->show(run->options->user, source->text, type, values[i], source->loc);
    }
    bury(run, inst->dead);
}

static void execute(struct run *run)
{
    while (!run->is_done) {
        const struct code_inst *inst = run->at++;
        const struct code *code = run->code;
        union slot *frame = run->interp->slots.at + run->base;
        switch (inst->kind) {
        case CODE_OP: {
            const union scalar args[3] = {value_of(code, frame, inst->x),
                                          value_of(code, frame, inst->y),
                                          value_of(code, frame, inst->z)};
            frame[inst->to].scalar = inst->bodies
                ? op_eval_by(inst->bodies, inst->source->op, inst->from, inst->gives, args)
                : inst->op(args);
            break;
        }
        case CODE_TENSOR: tensor(run, inst); break;
        case CODE_CHECK:
            if (!value_of(code, frame, inst->x).u)
                stop(run, inst->fault, false);
            break;
        case CODE_LANE_INDEX: frame[inst->to].scalar.i = run->batch_index; break;
        case CODE_SHOW: show(run, inst); break;
        case CODE_CALL: call(run, inst); break;
        case CODE_JMP: take_edge(run, inst->edge); break;
        case CODE_BR:
            take_edge(run, inst->edge + (value_of(code, frame, inst->x).u ? 0 : 1));
            break;
        case CODE_RET: ret(run, inst); break;
        case CODE_TAIL: tail(run, inst); break;
        case CODE_FAULT: stop(run, inst->fault, false); break;
        }
    }
}

/* ---- interface ------------------------------------------------------------------------- */

struct interp *interp_new(const struct ir_prog *prog)
{
    struct arena *arena = arena_new();
    struct interp *interp = ARENA_NEW(arena, struct interp);
    interp->arena = arena;
    interp->prog = prog;
    interp->cycles = cycles_of(arena, prog);
    interp->codes = ARENA_ARRAY(arena, struct code *, prog->funcs.len);
    interp->pool.arena = arena;
    interp->shared = ARENA_ARRAY(arena, const void *, prog->shared.len + 1);
    interp->extents = ARENA_ARRAY(arena, int64_t, prog->extents.len + 1);
    return interp;
}

void interp_free(struct interp *interp)
{
    arena_free(interp->arena);
}

/* Its shared arrays and extents by their numbers in the program. */
static void name_shared(struct interp *interp, const struct ir_entry *entry,
                        const struct interp_shared *shared)
{
    for (uint32_t i = 0; shared && i < entry->shared.len; i++)
        interp->shared[entry->shared.at[i]] = shared->arrays[i];
    for (uint32_t i = 0; shared && i < entry->extents.len; i++)
        interp->extents[entry->extents.at[i]] = shared->extents[i];
}

/* The argument as the frame of the entry's function holds it. */
static union slot read_argument(struct interp *interp, const struct type *type, const void *from)
{
    union slot slot = {.scalar = {.u = 0}};
    if (type->shape.rank == 0) {
        slot.scalar = element_load(from, type->dtype);
    } else {
        slot.tensor = tensor_new(&interp->pool, type);
        memcpy(slot.tensor->elements, from,
               (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes);
    }
    return slot;
}

static void write_result(struct interp *interp, const struct type *type, union slot slot, void *to)
{
    if (type->shape.rank == 0) {
        element_store(to, type->dtype, slot.scalar);
        return;
    }
    int64_t count = shape_elements(&type->shape);
    for (int64_t i = 0; i < count; i++)
        element_put(to, type->dtype, i, element_at(slot.tensor->elements, type->dtype, i));
    tensor_release(&interp->pool, slot.tensor);
}

struct interp_result interp_example(struct interp *interp, const struct ir_entry *entry,
                                    const void *const *args, void *const *results,
                                    int64_t batch_index, const struct interp_options *options)
{
    struct run run = {
        .interp = interp,
        .entry = entry,
        .options = options ? options : &no_options,
        .batch_index = batch_index,
    };
    run.fuel = run.options->max_insts ? run.options->max_insts : UINT64_MAX;
    const struct ir_func *func = &interp->prog->funcs.at[entry->func];
    interp->frames.len = 0;
    interp->passed.len = 0;
    name_shared(interp, entry, run.options->shared);
    for (uint32_t i = 0; i < func->params.len; i++) {
        union slot slot = read_argument(interp, &func->params.at[i], args[i]);
        vec_push(interp->arena, &interp->passed, slot);
    }
    start(&run, entry->func, interp->passed.at, func->params.len, 0, 0);
    execute(&run);
    if (run.result.fault || run.result.out_of_fuel) {
        tensor_pool_reset(&interp->pool); /* frames are left as they are */
        return run.result;
    }
    for (uint32_t i = 0; i < func->results.len; i++)
        write_result(interp, &func->results.at[i], interp->passed.at[i], results[i]);
    assert(interp->pool.held == 0);
    return run.result;
}

struct interp_result interp_run(const struct ir_prog *prog, const struct ir_entry *entry,
                                const void *const *args, void *const *results, int64_t batch_index,
                                const struct interp_options *options)
{
    struct interp *interp = interp_new(prog);
    struct interp_result result =
        interp_example(interp, entry, args, results, batch_index, options);
    interp_free(interp);
    return result;
}
