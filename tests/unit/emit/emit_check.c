/* Holds emitted C against the interpreter, on programs in IR text.
 *
 *   emit_check scalar OUT_DIR PROGRAM.ir ...     OUT_DIR/PROGRAM.c and .h for each
 *   emit_check LANES OUT_DIR PROGRAM.ir ...      the same in batched mode
 *   emit_check run LIBRARY.so PROGRAM.ir ...     runs entry 0 of each by both
 *
 * Examples run in one batch, in parts of random size, from a snapshot moved between the parts. */
#include "emit/emit.h"
#include "interp/interp.h"
#include "plan/plan.h"

#include "include/abrt.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXAMPLES = 40, MAX_LEAVES = 8, EXTENT = 5, MAX_BYTES = 512 }; /* of an example's leaf */

static struct ir_prog *read_program(struct arena *arena, const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *why = NULL;
    struct ir_prog *prog = ir_parse(arena, names_new(arena), text, &why);
    if (!prog)
        fprintf(stderr, "%s: %s\n", path, why);
    else
        ir_tidy(prog);
    return prog;
}

/* "dir/p12.ir" -> "p12" */
static const char *stem_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *begin = slash ? slash + 1 : path;
    return arena_strndup(arena, begin, strcspn(begin, "."));
}

static struct emit_options options_of(struct arena *arena, const char *path)
{
    return (struct emit_options){.unit_name = stem_of(arena, path), .table = true, .prefix = ""};
}

static bool write_file(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool done = fwrite(text->chars, 1, text->len, file) == text->len;
    return fclose(file) == 0 && done;
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
        struct plan_options choices = {.lanes = (uint32_t)atoi(mode)};
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

static int emit(const char *mode, const char *folder, const char *path)
{
    struct arena *arena = arena_new();
    struct ir_prog *prog = read_program(arena, path);
    bool done = false;
    if (prog) {
        struct emit_options options = options_of(arena, path);
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

/* ---- run ------------------------------------------------------------------------------------ */

struct batch {
    _Alignas(16) char in[MAX_LEAVES][EXAMPLES * MAX_BYTES]; /* shared arrays among them */
    _Alignas(16) char out[MAX_LEAVES][EXAMPLES * MAX_BYTES];
    uint32_t fault[EXAMPLES];
};

static size_t leaf_bytes(const struct type *type)
{
    size_t bytes = dtype_table[type->dtype].bytes;
    for (int i = 0; i < type->shape.rank; i++)
        bytes *= (size_t)(type->shape.dim[i] < 0 ? EXTENT : type->shape.dim[i]);
    return bytes;
}

static void fill_element(char *to, enum dtype dtype, int64_t number)
{
    static const double odd[] = {0.5, -0.0, 1e300, (double)INFINITY, -(double)INFINITY, (double)NAN};
    double f64 = number > 13 ? odd[(number + 99) % 6] : (double)number * 0.375;
    float f32 = (float)f64;
    switch (dtype_table[dtype].cls) {
    case CLASS_FLOAT:
        memcpy(to, dtype == DT_F32 ? (const void *)&f32 : &f64, dtype_table[dtype].bytes);
        break;
    case CLASS_BOOL:
        *to = number & 1;
        break;
    default:
        memcpy(to, &number, dtype_table[dtype].bytes);
        break;
    }
}

static void fill(const struct ir_prog *prog, struct batch *batch)
{
    const struct ir_entry *entry = &prog->entries.at[0];
    uint64_t state = 12345;
    memset(batch, 0x55, sizeof *batch);
    for (uint32_t leaf = 0; leaf < entry_input_count(entry); leaf++) {
        struct entry_input input = entry_input(prog, entry, leaf);
        size_t size = dtype_table[input.type.dtype].bytes;
        size_t bytes = leaf_bytes(&input.type) * (input.is_shared ? 1 : EXAMPLES);
        for (size_t at = 0; at < bytes; at += size) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            fill_element(batch->in[leaf] + at, input.type.dtype, (int64_t)(state >> 33) % 23 - 8);
        }
    }
}

/* False if some example does not end soon: then it is no test. */
static bool run_interp(const struct ir_prog *prog, struct batch *batch)
{
    const struct ir_entry *entry = &prog->entries.at[0];
    struct interp *interp = interp_new(prog);
    const void *arrays[MAX_LEAVES];
    const int64_t extents[MAX_LEAVES] = {EXTENT};
    struct interp_shared shared = {arrays, extents};
    struct interp_options options = {.max_insts = 200000, .shared = &shared};
    bool ended = true;
    for (uint32_t i = 0; i < entry->shared.len; i++)
        arrays[i] = batch->in[entry_input_number(entry, true, i)];
    for (size_t i = 0; i < EXAMPLES; i++) {
        const void *args[MAX_LEAVES];
        void *results[MAX_LEAVES];
        for (uint32_t k = 0; k < entry->params.len; k++)
            args[k] = batch->in[entry_input_number(entry, false, k)] +
                      i * leaf_bytes(&entry->params.at[k].type);
        for (uint32_t k = 0; k < entry->results.len; k++)
            results[k] = batch->out[k] + i * leaf_bytes(&entry->results.at[k].type);
        struct interp_result result = interp_example(interp, entry, args, results, (int64_t)i,
                                                     &options);
        batch->fault[i] = result.fault;
        ended = ended && !result.out_of_fuel;
    }
    interp_free(interp);
    return ended;
}

/* In parts; between two parts the state moves to another address through a snapshot. */
static ab_status run_c(const ab_entry *entry, struct batch *batch, ab_report *report)
{
    const void *in[MAX_LEAVES];
    void *out[MAX_LEAVES];
    size_t stride[MAX_LEAVES] = {0};
    const size_t extents[MAX_LEAVES] = {EXTENT};
    for (uint32_t leaf = 0; leaf < MAX_LEAVES; leaf++) {
        in[leaf] = batch->in[leaf];
        out[leaf] = batch->out[leaf];
        if (leaf < entry->in_count)
            stride[leaf] = entry->in[leaf].elements;
    }
    const ab_call call = {EXAMPLES, 0, in, stride, out, batch->fault, extents};
    char *work[2] = {aligned_alloc(64, (entry->work_size + 63) / 64 * 64),
                     aligned_alloc(64, (entry->work_size + 63) / 64 * 64)};
    char *saved = malloc(entry->work_size + 64);
    ab_status status = entry->begin(EXAMPLES, work[0], entry->work_size);
    int at = 0;
    for (uint64_t visits = 1; status >= 0; visits = visits * 7 % 11 + 1) {
        status = entry->advance(visits, &call, report, work[at], entry->work_size);
        if (status != AB_MORE)
            break;
        size_t bytes = entry->snapshot(work[at], saved, entry->work_size + 64);
        status = entry->restore(saved, bytes, work[!at], entry->work_size);
        at = !at;
    }
    free(work[0]);
    free(work[1]);
    free(saved);
    return status;
}

static const char *difference(struct arena *arena, const ab_entry *entry, const struct batch *have,
                              const struct batch *want, ab_status status, const ab_report *report)
{
    uint64_t count = 0, least = 0;
    if (status != AB_OK && status != AB_FAULTED)
        return arena_printf(arena, "status %d", status);
    for (int i = 0; i < EXAMPLES; i++) {
        if (have->fault[i] != want->fault[i])
            return arena_printf(arena, "example %d: fault %u instead of %u", i, have->fault[i],
                                want->fault[i]);
        for (uint32_t leaf = 0; leaf < entry->out_count; leaf++) {
            size_t bytes = entry->out[leaf].bytes * entry->out[leaf].elements;
            const char *has = have->out[leaf] + (size_t)i * bytes;
            for (size_t k = 0; k < bytes; k++)
                if (has[k] != want->out[leaf][(size_t)i * bytes + k])
                    return arena_printf(arena, "example %d: result %u differs in element %d", i, leaf,
                                        (int)(k / entry->out[leaf].bytes));
        }
        if (want->fault[i] && count++ == 0)
            least = (uint64_t)i;
    }
    if (status != (count ? AB_FAULTED : AB_OK))
        return arena_printf(arena, "status %d", status);
    if (report->count != count || (count && report->index != least))
        return arena_printf(arena, "report: %llu faults, the first %llu",
                            (unsigned long long)report->count, (unsigned long long)report->index);
    return NULL;
}

static int run(void *library, const char *path)
{
    struct arena *arena = arena_new();
    struct ir_prog *prog = read_program(arena, path);
    struct emit_options options = options_of(arena, path);
    const ab_unit *unit = dlsym(library, unit_symbol(arena, &options));
    const char *why = prog && unit ? NULL : "cannot be read";
    if (!why) {
        struct batch *want = ARENA_NEW(arena, struct batch), *have = ARENA_NEW(arena, struct batch);
        ab_report report = {0};
        fill(prog, want);
        fill(prog, have);
        if (run_interp(prog, want)) {
            ab_status status = run_c(&unit->entries[0], have, &report);
            why = difference(arena, &unit->entries[0], have, want, status, &report);
        } else {
            printf("%s: too long\n", path);
        }
    }
    if (why)
        printf("%s: %s\n", path, why);
    arena_free(arena);
    return why != NULL;
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc < 4)
        return 2;
    if (strcmp(argv[1], "run") != 0) {
        for (int i = 3; i < argc; i++)
            failed |= emit(argv[1], argv[2], argv[i]);
        return failed;
    }
    void *library = dlopen(argv[2], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    for (int i = 3; i < argc; i++)
        failed += run(library, argv[i]);
    dlclose(library);
    return failed != 0;
}
