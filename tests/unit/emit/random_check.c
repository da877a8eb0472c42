/* Holds emitted C against the interpreter, on random programs with tensors and a shared array.
 *
 *   random_check MODE LEVEL OUT_DIR FIRST COUNT   OUT_DIR/p<seed>.c and .h for each seed
 *   random_check run LEVEL LIBRARY.so FIRST COUNT runs them by both
 *   random_check show LEVEL - FIRST 1             prints a program
 *
 * MODE: scalar, or lanes and choices of the plan, as 8,loops=cut,branches=guard. LEVEL: that of
 * the passes, 0 to 2. Examples run in one batch, in parts, from a snapshot moved between the parts. */
#include "../ir/random_ir.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "pass/pass.h"
#include "plan/plan.h"

#include "include/abrt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

enum { EXAMPLES = 20, MAX_LEAVES = 8, LEAF_BYTES = 512 };

static struct ir_prog *program(struct arena *arena, uint64_t seed, int level)
{
    struct random random = {seed * 2654435761u + 17};
    struct random_shape shape = {2 + (uint32_t)(seed % 9), 1 + (uint32_t)(seed % 13), 3,
                                 false, true};
    struct ir_prog *prog = random_prog(arena, names_new(arena), &random, shape);
    struct pass_options options = {.level = level, .for_engines = true};
    ir_tidy(prog);
    const char *why = pass_run_all(prog, &options);
    if (why)
        fprintf(stderr, "program %llu: %s\n", (unsigned long long)seed, why);
    return why ? NULL : prog;
}

static struct emit_options options_of(struct arena *arena, uint64_t seed)
{
    return (struct emit_options){.unit_name = arena_printf(arena, "p%llu", (unsigned long long)seed),
                                 .prefix = arena_printf(arena, "p%llu_", (unsigned long long)seed),
                                 .table = true};
}

/* ---- emit ----------------------------------------------------------------------------------- */

static bool write_file(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool done = fwrite(text->chars, 1, text->len, file) == text->len;
    return fclose(file) == 0 && done;
}

static struct plan_options plan_options_of(struct arena *arena, const char *mode)
{
    struct plan_options options = {.lanes = (uint32_t)atoi(mode)};
    char *words = arena_strdup(arena, mode);
    for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
        const char *value = strchr(word, '=');
        if (!value)
            continue;
        options.loops = strncmp(word, "loops", 5) ? options.loops : value + 1;
        options.branches = strncmp(word, "branches", 8) ? options.branches : value + 1;
        options.captures = strncmp(word, "captures", 8) ? options.captures : value + 1;
        options.tensors = strncmp(word, "tensors", 7) ? options.tensors : value + 1;
        options.park = strncmp(word, "park", 4) ? options.park : value + 1;
    }
    options.no_refill = strstr(mode, "no_refill") != NULL;
    options.naive = strstr(mode, "naive") != NULL;
    options.choice = strstr(mode, "least") ? CHOICE_LEAST : CHOICE_FULLEST;
    return options;
}

static bool emit_by_mode(struct arena *arena, const struct ir_prog *prog, const char *mode,
                         struct emit_options *options, struct text *c, struct text *h)
{
    struct unit_numbers *numbers = ARENA_ARRAY(arena, struct unit_numbers, prog->entries.len);
    if (strcmp(mode, "scalar") == 0) {
        options->mode = EMIT_SCALAR;
        scalar_numbers(prog, numbers);
        emit_scalar(prog, options, c);
    } else {
        options->mode = EMIT_BATCHED;
        struct plan_options choices = plan_options_of(arena, mode);
        struct plan *plan = plan_make(arena, prog, &choices, IR_NONE);
        const char *why = plan_verify(plan, arena);
        if (why) {
            fprintf(stderr, "%s: %s\n", options->unit_name, why);
            return false;
        }
        gang_numbers(arena, plan, options, numbers);
        emit_gang(arena, plan, options, c);
    }
    emit_header(prog, options, numbers, h);
    return true;
}

static int emit(const char *mode, int level, const char *folder, uint64_t seed)
{
    struct arena *arena = arena_new();
    struct ir_prog *prog = program(arena, seed, level);
    bool done = false;
    if (prog) {
        struct emit_options options = options_of(arena, seed);
        struct text c = {0}, h = {0};
        const char *base = arena_printf(arena, "%s/%s", folder, options.unit_name);
        done = emit_by_mode(arena, prog, mode, &options, &c, &h) &&
               write_file(arena_printf(arena, "%s.c", base), &c) &&
               write_file(arena_printf(arena, "%s.h", base), &h);
        text_free(&c);
        text_free(&h);
    }
    arena_free(arena);
    return done ? 0 : 1;
}

static int show(int level, uint64_t seed)
{
    struct arena *arena = arena_new();
    struct ir_prog *prog = program(arena, seed, level);
    struct text text = {0};
    if (prog) {
        ir_print(prog, &text);
        fputs(text.chars, stdout);
    }
    text_free(&text);
    arena_free(arena);
    return prog == NULL;
}

/* ---- run ------------------------------------------------------------------------------------ */

/* Leaves with the examples one after the other. */
struct batch {
    unsigned char in[MAX_LEAVES][EXAMPLES * LEAF_BYTES], out[MAX_LEAVES][EXAMPLES * LEAF_BYTES];
    uint32_t fault[EXAMPLES];
};

static size_t leaf_bytes(const struct type *type)
{
    return (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes;
}

static void fill(struct batch *batch, const struct ir_entry *entry, uint64_t seed)
{
    struct random random = {seed};
    memset(batch, 0x55, sizeof *batch);
    for (uint32_t leaf = 0; leaf < entry->params.len; leaf++) {
        const struct type *type = &entry->params.at[leaf].type;
        size_t bytes = dtype_table[type->dtype].bytes;
        for (size_t at = 0; at < leaf_bytes(type) * EXAMPLES; at += bytes) {
            union scalar element = random_scalar(&random, type->dtype);
            memcpy(&batch->in[leaf][at], &element, bytes); /* the machine is little-endian */
        }
    }
}

/* False if some example does not end soon: then it is no test. */
static bool run_interp(const struct ir_prog *prog, struct batch *batch)
{
    const struct ir_entry *entry = &prog->entries.at[0];
    struct interp *interp = interp_new(prog);
    double y[RANDOM_SHARED_ROWS * 17];
    const void *arrays[2] = {random_shared_x, random_shared_y(y)};
    const int64_t extents[1] = {RANDOM_SHARED_ROWS};
    struct interp_shared shared = {arrays, extents};
    struct interp_options options = {.max_insts = 20000, .shared = &shared};
    bool ended = true;
    for (int i = 0; i < EXAMPLES && ended; i++) {
        const void *args[MAX_LEAVES];
        void *results[MAX_LEAVES];
        for (uint32_t leaf = 0; leaf < entry->params.len; leaf++)
            args[leaf] = batch->in[leaf] + (size_t)i * leaf_bytes(&entry->params.at[leaf].type);
        for (uint32_t leaf = 0; leaf < entry->results.len; leaf++)
            results[leaf] = batch->out[leaf] + (size_t)i * leaf_bytes(&entry->results.at[leaf].type);
        struct interp_result result = interp_example(interp, entry, args, results, i, &options);
        batch->fault[i] = result.fault;
        ended = !result.out_of_fuel;
    }
    interp_free(interp);
    return ended;
}

/* In parts; between two parts the state moves to another address through a snapshot. */
static ab_status run_c(const ab_entry *c_entry, const struct ir_entry *entry, struct batch *batch,
                       ab_report *report)
{
    double y[RANDOM_SHARED_ROWS * 17];
    const void *in[MAX_LEAVES + 2] = {random_shared_x, random_shared_y(y)};
    void *out[MAX_LEAVES];
    size_t stride[MAX_LEAVES + 2] = {0};
    const size_t extents[1] = {RANDOM_SHARED_ROWS};
    for (uint32_t leaf = 0; leaf < entry->params.len; leaf++) {
        in[leaf + 2] = batch->in[leaf];
        stride[leaf + 2] = (size_t)shape_elements(&entry->params.at[leaf].type.shape);
    }
    for (uint32_t leaf = 0; leaf < entry->results.len; leaf++)
        out[leaf] = batch->out[leaf];
    const ab_call call = {EXAMPLES, 0, in, stride, out, batch->fault, extents};
    size_t bytes = (c_entry->work_size + 63) / 64 * 64;
    char *work[2] = {aligned_alloc(64, bytes), aligned_alloc(64, bytes)};
    char *saved = malloc(bytes + 64);
    memset(work[0], 0x5a, bytes); /* whatever was there before */
    ab_status status = c_entry->begin(EXAMPLES, work[0], c_entry->work_size);
    int at = 0;
    for (uint64_t visits = 1; status >= 0; visits = visits * 7 % 11 + 1) {
        status = c_entry->advance(visits, &call, report, work[at], c_entry->work_size);
        if (status != AB_MORE)
            break;
        size_t taken = c_entry->snapshot(work[at], saved, bytes + 64);
        status = c_entry->restore(saved, taken, work[!at], c_entry->work_size);
        at = !at;
    }
    free(work[0]);
    free(work[1]);
    free(saved);
    return status;
}

static const char *difference(struct arena *arena, const struct ir_entry *entry,
                              const struct batch *have, const struct batch *want, ab_status status,
                              const ab_report *report)
{
    uint64_t count = 0, least = 0;
    if (status != AB_OK && status != AB_FAULTED)
        return arena_printf(arena, "status %d", status);
    for (int i = 0; i < EXAMPLES; i++) {
        if (have->fault[i] != want->fault[i])
            return arena_printf(arena, "example %d: fault %u instead of %u", i, have->fault[i],
                                want->fault[i]);
        for (uint32_t leaf = 0; leaf < entry->results.len; leaf++) {
            size_t bytes = leaf_bytes(&entry->results.at[leaf].type), at = (size_t)i * bytes;
            if (memcmp(&have->out[leaf][at], &want->out[leaf][at], bytes))
                return arena_printf(arena, "example %d: another result %u", i, leaf);
        }
        if (want->fault[i] && count++ == 0)
            least = (uint64_t)i;
    }
    if (report->count != count || (count && report->index != least))
        return arena_printf(arena, "report: %llu faults, the first %llu",
                            (unsigned long long)report->count, (unsigned long long)report->index);
    return NULL;
}

static int run(void *library, int level, uint64_t seed)
{
    struct arena *arena = arena_new();
    struct ir_prog *prog = program(arena, seed, level);
    struct emit_options options = options_of(arena, seed);
    const ab_unit *unit = dlsym(library, unit_symbol(arena, &options));
    const char *why = prog && unit ? NULL : "cannot be read";
    if (!why) {
        const struct ir_entry *entry = &prog->entries.at[0];
        struct batch *want = ARENA_NEW(arena, struct batch), *have = ARENA_NEW(arena, struct batch);
        ab_report report = {0};
        fill(want, entry, seed);
        fill(have, entry, seed);
        if (run_interp(prog, want)) {
            ab_status status = run_c(&unit->entries[0], entry, have, &report);
            why = difference(arena, entry, have, want, status, &report);
        }
    }
    if (why)
        printf("program %llu: %s\n", (unsigned long long)seed, why);
    arena_free(arena);
    return why != NULL;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    int level = atoi(argv[2]), failed = 0;
    uint64_t first = strtoull(argv[4], NULL, 10), count = strtoull(argv[5], NULL, 10);
    void *library = strcmp(argv[1], "run") ? NULL : dlopen(argv[3], RTLD_NOW);
    if (!library && !strcmp(argv[1], "run")) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    for (uint64_t seed = first; seed < first + count; seed++)
        failed += library                     ? run(library, level, seed)
                  : !strcmp(argv[1], "show") ? show(level, seed)
                                              : emit(argv[1], level, argv[3], seed);
    if (library)
        dlclose(library);
    return failed != 0;
}
