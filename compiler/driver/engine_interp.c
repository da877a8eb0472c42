#include "driver/engine.h"

#include "driver/values.h"
#include "interp/interp.h"

#include <string.h>

const char *const engine_name[ENGINE_COUNT] = {"interp", "scalar", "batched"};

void fault_say(const struct ir_fault *fault, FILE *stream)
{
    fprintf(stream, "%s fault", fault_kind_name[fault->kind]);
    if (fault->path)
        fprintf(stream, " at %s:%u:%u", fault->path, fault->line, fault->column);
    if (fault->text && *fault->text)
        fprintf(stream, ": %s", fault->text);
    fputs("\n", stream);
}

/* Where the callbacks print to. */
struct talk {
    struct command *command;
    const struct ir_prog *prog;
    uint64_t example;
};

/* A tensor as nested lists: [[1.0, 2.0], [3.0, 4.0]]. */
static const char *put_axis(struct text *out, const struct type *type, int axis, const char *from)
{
    if (axis == type->shape.rank) {
        value_print(out, type->dtype, from);
        return from + dtype_table[type->dtype].bytes;
    }
    for (int64_t i = 0; i < type->shape.dim[axis]; i++) {
        text_put(out, i ? ", " : "[");
        from = put_axis(out, type, axis + 1, from);
    }
    text_put(out, type->shape.dim[axis] ? "]" : "[]");
    return from;
}

static void put_value(struct text *out, const struct type *type, const void *value)
{
    put_axis(out, type, 0, value);
}

static void show(void *user, const char *label, const struct type *type, const void *value,
                 struct loc loc)
{
    const struct talk *talk = user;
    struct text out = {0};
    struct position at = source_position(&talk->command->sources, loc);
    text_printf(&out, "%s:%u: example %llu: ", at.path, at.line, (unsigned long long)talk->example);
    if (label && *label)
        text_printf(&out, "%s = ", label);
    put_value(&out, type, value);
    text_put(&out, "\n");
    fputs(out.chars, stderr);
    text_free(&out);
}

static void trace(void *user, const struct ir_func *func, block_id block, const void *const *args,
                  uint32_t count)
{
    const struct talk *talk = user;
    const struct ir_block *at = &func->blocks.at[block];
    struct text out = {0};
    text_printf(&out, "example %llu: %s b%u", (unsigned long long)talk->example, func->name, block);
    if (at->hint)
        text_printf(&out, " %s", at->hint);
    for (uint32_t i = 0; i < count && i < at->params.len; i++) {
        const struct ir_value *value = &func->values.at[at->params.at[i]];
        text_put(&out, i ? ", " : ": ");
        if (value->hint)
            text_printf(&out, "%s = ", value->hint);
        put_value(&out, &value->type, args[i]);
    }
    text_put(&out, "\n");
    fputs(out.chars, stderr);
    text_free(&out);
}

/* A call's inputs stand in the order of the source; the interpreter has leaves and shared arrays
 * apart. */
struct places {
    const void **args;
    void **results;
    const void **arrays;
    int64_t *extents;
    uint32_t *input; /* of each leaf: its place among the call's inputs */
};

static struct places find_places(struct arena *arena, const struct ir_entry *entry,
                                 const ab_call *call)
{
    struct places places = {ARENA_ARRAY(arena, const void *, entry->params.len + 1),
                            ARENA_ARRAY(arena, void *, entry->results.len + 1),
                            ARENA_ARRAY(arena, const void *, entry->shared.len + 1),
                            ARENA_ARRAY(arena, int64_t, entry->extents.len + 1),
                            ARENA_ARRAY(arena, uint32_t, entry->params.len + 1)};
    for (uint32_t i = 0; i < entry->params.len; i++)
        places.input[i] = i;
    for (uint32_t i = 0; i < entry->param_order.len; i++) {
        struct ir_param_place place = entry->param_order.at[i];
        if (place.is_shared)
            places.arrays[place.index] = call->in[i];
        else
            places.input[place.index] = i;
    }
    for (uint32_t i = 0; i < entry->extents.len; i++)
        places.extents[i] = (int64_t)call->extent[i];
    return places;
}

static size_t type_bytes(const struct type *type)
{
    return (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes;
}

/* The places of one example in the arrays of a call. */
static void point_at(const ab_call *call, const struct ir_entry *entry, uint64_t example,
                     const struct places *places)
{
    for (uint32_t i = 0; i < entry->params.len; i++) {
        size_t bytes = dtype_table[entry->params.at[i].type.dtype].bytes;
        uint32_t input = places->input[i];
        places->args[i] = (const char *)call->in[input] + example * call->in_stride[input] * bytes;
    }
    for (uint32_t i = 0; i < entry->results.len; i++)
        places->results[i] = (char *)call->out[i]
                             + example * type_bytes(&entry->results.at[i].type);
}

int interp_batch(struct command *command, const struct interp_run *run, const ab_call *call,
                 struct progress *progress, struct engine_stats *stats)
{
    const struct ir_entry *entry = run->entry;
    struct places places = find_places(command->arena, entry, call);
    struct interp_shared shared = {places.arrays, places.extents};
    struct talk talk = {command, run->prog, 0};
    struct interp_options options = {.stop = interrupt_flag(), .shared = &shared, .show = show,
                                     .trace = run->trace ? trace : NULL, .user = &talk};
    struct interp *interp = interp_new(run->prog);
    double start = clock_seconds();
    int code = EXIT_FINE;
    for (uint64_t i = 0; i < call->batch && !code; i++) {
        talk.example = call->first + i; /* its identity, as compiled programs show it */
        point_at(call, entry, i, &places);
        struct interp_result result = interp_example(interp, entry, places.args, places.results,
                                                     (int64_t)(call->first + i), &options);
        if (result.out_of_fuel)
            code = EXIT_INTERRUPTED;
        else
            call->fault[i] = result.fault;
        progress_show(progress, i + 1, 0, 0);
    }
    interp_free(interp);
    *stats = (struct engine_stats){.lanes = 1, .run_seconds = clock_seconds() - start};
    return code;
}
