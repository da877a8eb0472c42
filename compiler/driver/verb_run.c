/* abcc run: a batch through one entry, by the engine that --mode names. */
#include "driver/inputs.h"
#include "driver/outputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All that one run is. */
struct run {
    struct compile_options compile;
    struct unit unit;
    enum engine_kind engine;
    struct ir_prog *prog; /* of the engine, with the one entry */
    const struct ir_entry *entry;
    struct inputs inputs;
    struct outputs outputs;
    uint64_t only;        /* the one example to run, or UINT64_MAX */
    ab_call call;
    struct engine_stats stats;
};

enum { FAULTS_SHOWN = 10 };

/* ---- the entry ------------------------------------------------------------------------------- */

static const char *export_list(struct arena *arena, const struct ir_prog *prog)
{
    struct text list = {0};
    for (uint32_t i = 0; i < prog->entries.len; i++)
        if (!prog->entries.at[i].is_test)
            text_printf(&list, "%s%s", list.len ? ", " : "", prog->entries.at[i].name);
    const char *kept = arena_strdup(arena, list.chars ? list.chars : "");
    text_free(&list);
    return kept;
}

static int entry_not_named(struct command *command, const struct run *run)
{
    const char *exports = export_list(command->arena, run->prog);
    struct diag *diag = diag_report(&command->diags, AB0621, (struct loc){0},
                                    *exports ? "%s has several exports: name the one to run"
                                             : "%s exports no function", run->unit.path);
    if (*exports)
        diag_help(&command->diags, diag, "they are: %s", exports);
    else
        diag_help(&command->diags, diag, "declare one with `export fn`");
    return EXIT_USAGE;
}

static int entry_unknown(struct command *command, const struct run *run, const struct word *word)
{
    VEC(const char *) names = {0};
    for (uint32_t i = 0; i < run->prog->entries.len; i++)
        if (!run->prog->entries.at[i].is_test)
            vec_push(command->arena, &names, run->prog->entries.at[i].name);
    const char *nearest = nearest_word(word->text, names.at, names.len);
    struct diag *diag = diag_report(&command->diags, AB0620, word->loc,
                                    "%s exports no function `%s`", run->unit.path, word->text);
    if (nearest)
        diag_edit(&command->diags, diag, word->loc, "did you mean this?", "%s", nearest);
    else if (names.len && strchr("0123456789.-[", word->text[0]))
        diag_help(&command->diags, diag, "values are given by name, NAME=SPEC; its exports are: %s",
                  export_list(command->arena, run->prog));
    else if (names.len)
        diag_help(&command->diags, diag, "its exports are: %s",
                  export_list(command->arena, run->prog));
    return EXIT_USAGE;
}

/* Finds the entry that was named (NULL: the only export) and drops all others. */
static int choose_entry(struct command *command, struct run *run, const struct word *word)
{
    uint32_t found = UINT32_MAX, exports = 0;
    for (uint32_t i = 0; i < run->prog->entries.len; i++) {
        const struct ir_entry *entry = &run->prog->entries.at[i];
        if (entry->is_test)
            continue;
        exports++;
        if (!word || !strcmp(entry->name, word->text))
            found = i;
    }
    if (!word && exports != 1)
        return entry_not_named(command, run);
    if (found == UINT32_MAX)
        return entry_unknown(command, run, word);
    keep_entries(run->prog, found);
    run->entry = &run->prog->entries.at[0];
    return EXIT_FINE;
}

/* FILE [ENTRY] NAME=SPEC...: the operands after the file. */
static int read_operands(struct command *command, struct run *run, uint32_t *first_input)
{
    const struct word *named = NULL;
    *first_input = 1;
    if (command->operands.len > 1 && !input_is_one(command->operands.at[1].text)) {
        named = &command->operands.at[1];
        *first_input = 2;
    }
    for (uint32_t i = *first_input; i < command->operands.len; i++) {
        const struct word *word = &command->operands.at[i];
        if (input_is_one(word->text))
            continue;
        diag_report(&command->diags, AB0605, word->loc, "`%s` is not of the form NAME=SPEC",
                    word->text);
        return EXIT_USAGE;
    }
    return choose_entry(command, run, named);
}

/* ---- the batch ------------------------------------------------------------------------------- */

static int only_outside(struct command *command, const struct run *run)
{
    diag_report(&command->diags, AB0602, option_word(command, OPT_only)->loc,
                "--only=%" PRIu64
                ", but the examples of this batch are numbered from 0, and there %s %" PRIu64,
                run->only, run->inputs.batch == 1 ? "is" : "are", run->inputs.batch);
    return EXIT_USAGE;
}

/* Arrays of results; false if there is no memory. */
static bool make_results(struct arena *arena, struct run *run, uint64_t batch)
{
    const struct ir_entry *entry = run->entry;
    void **out = ARENA_ARRAY(arena, void *, entry->results.len + 1);
    bool enough = true;
    run->call.out = out;
    run->call.fault = calloc(batch ? batch : 1, sizeof *run->call.fault);
    for (uint32_t i = 0; i < entry->results.len; i++) {
        const struct type *type = &entry->results.at[i].type;
        size_t bytes = (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes;
        out[i] = calloc(batch ? batch : 1, bytes ? bytes : 1);
        enough &= out[i] != NULL;
    }
    return enough && run->call.fault;
}

/* The arrays of the call; --only makes it a batch of one example. */
static int make_call(struct command *command, struct run *run, uint64_t first)
{
    const struct inputs *inputs = &run->inputs;
    const void **in = ARENA_ARRAY(command->arena, const void *, inputs->len + 1);
    size_t *stride = ARENA_ARRAY(command->arena, size_t, inputs->len + 1);
    size_t *extent = ARENA_ARRAY(command->arena, size_t, inputs->extent_count + 1);
    bool one = run->only != UINT64_MAX;
    uint64_t batch = one ? 1 : inputs->batch;
    if (one && run->only >= inputs->batch)
        return only_outside(command, run);
    for (uint32_t i = 0; i < inputs->len; i++) {
        const struct spec *spec = &inputs->at[i].spec;
        size_t elements = (size_t)spec_elements(spec);
        stride[i] = spec->count == 1 ? 0 : elements;
        in[i] = spec->data + (one ? run->only * stride[i] * dtype_table[spec->dtype].bytes : 0);
    }
    for (uint32_t i = 0; i < inputs->extent_count; i++)
        extent[i] = (size_t)inputs->extents[i].size;
    run->call = (ab_call){.batch = batch, .first = first + (one ? run->only : 0), .in = in,
                          .in_stride = stride, .extent = extent};
    if (make_results(command->arena, run, batch)) {
        outputs_prepare(run->entry, &run->call);
        return EXIT_FINE;
    }
    diag_report(&command->diags, AB0627, (struct loc){0},
                "there is no memory for the results of %" PRIu64 " examples", batch);
    return EXIT_USAGE;
}

static void free_call(struct run *run)
{
    for (uint32_t i = 0; run->call.out && i < run->entry->results.len; i++)
        free(run->call.out[i]);
    free(run->call.fault);
    inputs_free(&run->inputs);
}

static int read_batch(struct command *command, struct run *run, uint32_t first_input)
{
    uint64_t batch, first;
    if (!option_number(command, OPT_batch, 0, LARGEST_BATCH, UINT64_MAX, &batch)
        || !option_number(command, OPT_first, 0, INT64_MAX, 0, &first)
        || !option_number(command, OPT_only, 0, LARGEST_BATCH, UINT64_MAX, &run->only))
        return EXIT_USAGE;
    int code = outputs_read(command, run->entry, &run->outputs);
    if (code)
        return code;
    code = inputs_read(command, run->prog, run->entry, command->operands.at + first_input,
                       command->operands.len - first_input, batch, option_given(command, OPT_cast),
                       &run->inputs);
    return code ? code : make_call(command, run, first);
}

/* ---- engines --------------------------------------------------------------------------------- */

/* Options that mean nothing to the scalar engine. */
static bool asks_for_gang(const struct command *command)
{
    return option_given(command, OPT_mode) || option_given(command, OPT_lanes)
           || option_given(command, OPT_set) || option_given(command, OPT_profile);
}

static int run_compiled(struct command *command, struct run *run, struct progress *progress)
{
    struct emission emission;
    struct toolchain toolchain;
    struct compiled compiled;
    if (!emission_read(command, run->compile.level, "unit", &emission))
        return EXIT_USAGE;
    emission.emit.table = true;
    emission.emit.show = true;
    emission.emit.runtime_inline = true;
    emission.emit.profile = run->engine == ENGINE_BATCHED && option_given(command, OPT_stats);
    int code = toolchain_find(command, &toolchain);
    if (code)
        return code;
    if (!toolchain.has_vectors && !asks_for_gang(command)) {
        run->engine = ENGINE_SCALAR;
        emission.emit.mode = EMIT_SCALAR;
        emission.emit.profile = false;
    }
    code = compiled_make(command, &toolchain, run->prog, &emission, &compiled);
    if (!code) {
        *progress = progress_begin(run->call.batch);
        code = compiled_batch(command, &compiled, 0, &run->call, progress, &run->stats);
    }
    compiled_free(&compiled);
    return code;
}

static int run_engine(struct command *command, struct run *run)
{
    struct progress progress = progress_begin(run->call.batch);
    struct interp_run interp = {run->prog, run->entry, option_given(command, OPT_trace)};
    int code = run->engine == ENGINE_INTERP
                   ? interp_batch(command, &interp, &run->call, &progress, &run->stats)
                   : run_compiled(command, run, &progress);
    progress_end(&progress);
    return code;
}

/* ---- what is said ---------------------------------------------------------------------------- */

struct tally {
    uint64_t finished, faulted;
    uint64_t end; /* behind the last example that was finished */
};

static struct tally count_ends(const ab_call *call)
{
    struct tally tally = {0, 0, 0};
    for (uint64_t i = 0; i < call->batch; i++) {
        if (call->fault[i] == NOT_FINISHED)
            continue;
        tally.finished++;
        tally.faulted += call->fault[i] != 0;
        tally.end = i + 1;
    }
    return tally;
}

/* example 3: stack fault at fib.ab:4:12: recursion deeper than ... */
static void say_faults(const struct run *run, uint64_t faulted)
{
    uint64_t shown = 0, base = run->only == UINT64_MAX ? 0 : run->only;
    for (uint64_t i = 0; i < run->call.batch && shown < FAULTS_SHOWN; i++) {
        uint32_t code = run->call.fault[i];
        if (!code || code == NOT_FINISHED || code >= run->prog->faults.len)
            continue;
        const struct ir_fault *fault = &run->prog->faults.at[code];
        fprintf(stderr, "example %" PRIu64 ": ", base + i);
        fault_say(fault, stderr);
        shown++;
    }
    if (faulted > shown)
        fprintf(stderr, "%" PRIu64 " more examples faulted (%" PRIu64 " of %zu)\n", faulted - shown,
                faulted, run->call.batch);
}

static void say_stats(const struct run *run, const struct tally *tally)
{
    const struct engine_stats *stats = &run->stats;
    double occupancy = stats->visits ? 100.0 * (double)stats->lane_visits
                                           / ((double)stats->visits * stats->lanes) : 0;
    fprintf(stderr, "mode       %s, %u lane%s\n", engine_name[run->engine], stats->lanes,
            stats->lanes == 1 ? "" : "s");
    fprintf(stderr, "examples   %" PRIu64 " finished, %" PRIu64 " faulted\n",
            tally->finished - tally->faulted, tally->faulted);
    if (run->engine != ENGINE_INTERP) {
        fprintf(stderr, "visits     %" PRIu64 "\n", stats->visits);
        fprintf(stderr, "occupancy  %.1f %%\n", occupancy);
        fprintf(stderr, "workspace  %" PRIu64 " bytes\n", stats->work_bytes);
        fprintf(stderr, "generate   %.3f ms\n", stats->generate_seconds * 1e3);
        fprintf(stderr, "compile    %.3f ms%s\n", stats->compile_seconds * 1e3,
                stats->cached ? " (cached)" : "");
    }
    fprintf(stderr, "run        %.3f ms", stats->run_seconds * 1e3);
    if (tally->finished)
        fprintf(stderr, ", %.1f ns an example", stats->run_seconds * 1e9 / (double)tally->finished);
    fputs("\n", stderr);
    if (stats->points.len)
        fputs("point                     line       visits        lanes  busy\n", stderr);
    for (uint32_t i = 0; i < stats->points.len; i++) {
        const struct engine_point *point = &stats->points.at[i];
        double busy = point->visits ? 100.0 * (double)point->lane_visits
                                          / ((double)point->visits * stats->lanes) : 0;
        fprintf(stderr, "%-24s %5u %12" PRIu64 " %12" PRIu64 " %5.1f%%\n", point->name, point->line,
                point->visits, point->lane_visits, busy);
    }
}

/* After the engine: results, faults, statistics. */
static int finish(struct command *command, const struct run *run, int code)
{
    struct tally tally = count_ends(&run->call);
    int written = outputs_write(command, run->entry, &run->outputs, &run->call,
                                code == EXIT_INTERRUPTED ? tally.end : run->call.batch);
    say_faults(run, tally.faulted);
    if (code == EXIT_INTERRUPTED)
        fprintf(stderr, "stopped: %" PRIu64 " of %zu examples are done\n", tally.finished,
                run->call.batch);
    if (option_given(command, OPT_stats))
        say_stats(run, &tally);
    if (code || written)
        return code ? code : written;
    return tally.faulted ? EXIT_FAULTED : EXIT_FINE;
}

static int lower(struct command *command, struct run *run, uint32_t *first_input)
{
    run->compile.show = true;
    run->prog = unit_lower(command, &run->compile, &run->unit, run->engine != ENGINE_INTERP, NULL);
    return run->prog ? read_operands(command, run, first_input) : EXIT_BUG;
}

int verb_run(struct command *command)
{
    struct run *run = ARENA_NEW(command->arena, struct run);
    uint32_t first_input;
    if (need_file(command))
        return EXIT_USAGE;
    run->engine = option_is(command, OPT_mode, "interp")   ? ENGINE_INTERP
                  : option_is(command, OPT_mode, "scalar") ? ENGINE_SCALAR : ENGINE_BATCHED;
    if (!compile_options_read(command, &run->compile))
        return EXIT_USAGE;
    const struct word *file = &command->operands.at[0], *trace = option_word(command, OPT_trace);
    if (trace && run->engine != ENGINE_INTERP) {
        diag_report(&command->diags, AB0602, trace->loc, "--trace needs --mode=interp");
        return EXIT_USAGE;
    }
    int code = unit_check(command, &run->compile, file->text, file->loc, &run->unit);
    if (!code)
        code = lower(command, run, &first_input);
    if (code)
        return code;
    code = read_batch(command, run, first_input);
    if (!code) {
        command_flush(command); /* warnings come before what the program says */
        interrupt_watch();
        code = run_engine(command, run);
        if (!code || (code == EXIT_INTERRUPTED))
            code = finish(command, run, code);
    }
    free_call(run);
    return code;
}
