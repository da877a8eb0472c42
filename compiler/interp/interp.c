#include "interp/interp.h"

#include "interp/code.h"
#include "interp/cycles.h"

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
    VEC(union scalar) slots;  /* `len` is not used: the running frame ends it */
    VEC(union scalar) passed; /* values on their way from one place to another */
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

/* ---- memory of values ------------------------------------------------------------------ */

static union scalar load(const void *from, enum dtype dtype)
{
    union scalar value = {.u = 0};
    switch (dtype) {
    case DT_BOOL: value.u = *(const uint8_t *)from != 0; break;
    case DT_I8: value.i = *(const int8_t *)from; break;
    case DT_I16: value.i = *(const int16_t *)from; break;
    case DT_I32: value.i = *(const int32_t *)from; break;
    case DT_I64: value.i = *(const int64_t *)from; break;
    case DT_U8: value.u = *(const uint8_t *)from; break;
    case DT_U16: value.u = *(const uint16_t *)from; break;
    case DT_U32: value.u = *(const uint32_t *)from; break;
    case DT_U64: value.u = *(const uint64_t *)from; break;
    case DT_F32: value.f32 = *(const float *)from; break;
    case DT_F64: value.f64 = *(const double *)from; break;
    case DT_F16:
    case DT_C64:
    case DT_C128:
    case DT_COUNT:
    case DT_WEAK_FLOAT:
    case DT_WEAK_COMPLEX:
    case DT_ALL_COUNT: break; /* no values of these in the IR */
    }
    return value;
}

static void store(void *to, enum dtype dtype, union scalar value)
{
    static const uint32_t nan32 = UINT32_C(0x7fc00000);
    static const uint64_t nan64 = UINT64_C(0x7ff8000000000000);
    switch (dtype) {
    case DT_BOOL: *(uint8_t *)to = (uint8_t)value.u; break;
    case DT_I8: *(int8_t *)to = (int8_t)value.i; break;
    case DT_I16: *(int16_t *)to = (int16_t)value.i; break;
    case DT_I32: *(int32_t *)to = (int32_t)value.i; break;
    case DT_I64: *(int64_t *)to = value.i; break;
    case DT_U8: *(uint8_t *)to = (uint8_t)value.u; break;
    case DT_U16: *(uint16_t *)to = (uint16_t)value.u; break;
    case DT_U32: *(uint32_t *)to = (uint32_t)value.u; break;
    case DT_U64: *(uint64_t *)to = value.u; break;
    case DT_F32:
        memcpy(to, value.f32 == value.f32 ? (const void *)&value.f32 : &nan32, sizeof nan32);
        break;
    case DT_F64:
        memcpy(to, value.f64 == value.f64 ? (const void *)&value.f64 : &nan64, sizeof nan64);
        break;
    case DT_F16:
    case DT_C64:
    case DT_C128:
    case DT_COUNT:
    case DT_WEAK_FLOAT:
    case DT_WEAK_COMPLEX:
    case DT_ALL_COUNT: break;
    }
}

static void reserve_slots(struct interp *interp, uint32_t count)
{
    while (interp->slots.cap < count) {
        interp->slots.at = vec_grow(interp->arena, interp->slots.at, interp->slots.cap,
                                    &interp->slots.cap, sizeof *interp->slots.at);
    }
}

static union scalar value_of(const struct code *code, const union scalar *frame, operand from)
{
    const union scalar *const rows[2] = {frame, code->constants.at};
    return rows[from & 1][from >> 1];
}

/* The values of a list, in memory of their own, so that what they are copied to may overlap. */
static const union scalar *pass(struct run *run, struct code_list list)
{
    struct interp *interp = run->interp;
    const union scalar *frame = interp->slots.at + run->base;
    interp->passed.len = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        operand from = run->code->operands.at[list.first + i];
        vec_push(interp->arena, &interp->passed, value_of(run->code, frame, from));
    }
    return interp->passed.at;
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
    run->options->trace(run->options->user, run->code->func, to, interp->passed.at,
                        block->param_count);
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
}

static void take_edge(struct run *run, uint32_t number)
{
    const struct code_edge *edge = &run->code->edges.at[number];
    const struct code_block *block = &run->code->blocks.at[edge->to];
    const uint32_t *slots = run->code->slots.at + block->params;
    union scalar *frame = run->interp->slots.at + run->base;
    if (edge->from.count == 1) {
        frame[slots[0]] = value_of(run->code, frame, run->code->operands.at[edge->from.first]);
    } else if (edge->from.count > 1) {
        const union scalar *passed = pass(run, edge->from);
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
static void start(struct run *run, func_id func, const union scalar *args, uint32_t count,
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
    const union scalar *args = pass(run, inst->list);
    struct frame caller = {run->code, inst, run->base, run->depth};
    vec_push(run->interp->arena, &run->interp->frames, caller);
    start(run, inst->callee, args, inst->list.count, run->base + run->code->frame_size, depth);
}

static void tail(struct run *run, const struct code_inst *inst)
{
    const union scalar *args = pass(run, inst->list);
    uint32_t depth = inst->in_cycle ? run->depth : 0;
    start(run, inst->callee, args, inst->list.count, run->base, depth);
}

/* The results of the outermost activation stay in `passed`. */
static void ret(struct run *run, const struct code_inst *inst)
{
    struct interp *interp = run->interp;
    const union scalar *results = pass(run, inst->list);
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
}

static void show(struct run *run, const struct code_inst *inst)
{
    const struct ir_inst *source = inst->source;
    const union scalar *values = pass(run, inst->list);
    for (uint32_t i = 0; i < inst->list.count && run->options->show; i++) {
        const struct type *type = &run->code->func->values.at[source->args.at[i]].type;
        run->options->show(run->options->user, source->text, type, values[i], source->loc);
    }
}

static void execute(struct run *run)
{
    while (!run->is_done) {
        const struct code_inst *inst = run->at++;
        const struct code *code = run->code;
        union scalar *frame = run->interp->slots.at + run->base;
        switch (inst->kind) {
        case CODE_OP: {
            const union scalar args[3] = {value_of(code, frame, inst->x),
                                          value_of(code, frame, inst->y),
                                          value_of(code, frame, inst->z)};
            frame[inst->to] = inst->op(args);
            break;
        }
        case CODE_CHECK:
            if (!value_of(code, frame, inst->x).u)
                stop(run, inst->fault, false);
            break;
        case CODE_LANE_INDEX: frame[inst->to].i = run->batch_index; break;
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
    return interp;
}

void interp_free(struct interp *interp)
{
    arena_free(interp->arena);
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
    for (uint32_t i = 0; i < func->params.len; i++) {
        union scalar value = load(args[i], func->params.at[i].dtype);
        vec_push(interp->arena, &interp->passed, value);
    }
    start(&run, entry->func, interp->passed.at, func->params.len, 0, 0);
    execute(&run);
    if (!run.result.fault && !run.result.out_of_fuel)
        for (uint32_t i = 0; i < func->results.len; i++)
            store(results[i], func->results.at[i].dtype, interp->passed.at[i]);
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
