/* abcc test: every test block in every engine; all must hold, and all must agree.
 *
 * Each assert of a test is an entry of its own (an example that runs the block up to there), so a
 * test is a run of entries of one title. */
#define _XOPEN_SOURCE 700 /* S_ISDIR, lstat */
#include "build/build.h"
#include "driver/engine.h"
#include "driver/files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tester {
    struct compile_options options;
    struct toolchain toolchain;
    bool runs[ENGINE_COUNT];          /* which engines take part */
    const char *filter;
    uint64_t passed, failed;     /* tests */
    VEC(const char *) files;
};

/* One file under test. */
struct file_test {
    const char *path;
    struct ir_prog *progs[ENGINE_COUNT];
    struct ir_prog *batches;             /* what batched C runs: the same tests, joined */
    struct joined_test *joined;          /* per entry of progs[ENGINE_BATCHED] */
    uint32_t *faults[ENGINE_COUNT];      /* per entry: fault code, or NOT_FINISHED */
};

/* ---- which files ----------------------------------------------------------------------------- */

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All .ab files below a directory, in order of their names; links to directories are not followed.
 */
static bool add_directory(struct command *command, struct tester *tester, const char *path,
                          struct loc named)
{
    VEC(const char *) names = {0};
    DIR *listing = opendir(path);
    if (!listing) {
        diag_report(&command->diags, AB0610, named, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    for (struct dirent *entry; (entry = readdir(listing));)
        if (entry->d_name[0] != '.')
            vec_push(command->arena, &names, arena_strdup(command->arena, entry->d_name));
    closedir(listing);
    if (names.len)
        qsort(names.at, names.len, sizeof *names.at, compare_paths);
    bool fine = true;
    for (uint32_t i = 0; i < names.len; i++) {
        struct stat info;
        const char *below = strcmp(path, ".")
                                ? arena_printf(command->arena, "%s/%s", path, names.at[i])
                                : names.at[i];
        if (lstat(below, &info))
            continue;
        if (S_ISDIR(info.st_mode))
            fine &= add_directory(command, tester, below, named);
        else if (file_ends_with(below, ".ab"))
            vec_push(command->arena, &tester->files, below);
    }
    return fine;
}

static bool add_operand(struct command *command, struct tester *tester, const char *path,
                        struct loc named)
{
    struct stat info;
    if (!stat(path, &info) && S_ISDIR(info.st_mode))
        return add_directory(command, tester, path, named);
    vec_push(command->arena, &tester->files, path);
    return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static ab_call empty_call(uint32_t *fault)
{
    static const void *const no_inputs[1];
    static void *const no_outputs[1];
    static const size_t no_strides[1];
    *fault = NOT_FINISHED;
    return (ab_call){.batch = 1, .in = no_inputs, .in_stride = no_strides, .out = no_outputs,
                     .fault = fault};
}

static int run_interp(struct command *command, const struct file_test *file)
{
    const struct ir_prog *prog = file->progs[ENGINE_INTERP];
    int code = EXIT_FINE;
    for (uint32_t i = 0; i < prog->entries.len && !code; i++) {
        struct interp_run run = {prog, &prog->entries.at[i], false};
        ab_call call = empty_call(&file->faults[ENGINE_INTERP][i]);
        struct progress progress = {0};
        struct engine_stats stats;
        code = interp_batch(command, &run, &call, &progress, &stats);
    }
    return code;
}

static int run_scalar(struct command *command, const struct file_test *file,
                      const struct compiled *compiled)
{
    int code = EXIT_FINE;
    for (uint32_t i = 0; i < file->progs[ENGINE_SCALAR]->entries.len && !code; i++) {
        ab_call call = empty_call(&file->faults[ENGINE_SCALAR][i]);
        struct progress progress = {0};
        struct engine_stats stats;
        code = compiled_batch(command, compiled, i, &call, &progress, &stats);
    }
    return code;
}

/* All tests of one depth limit, in one mixed batch. */
static int run_batch(struct command *command, const struct file_test *file,
                     const struct compiled *compiled, uint32_t batch)
{
    uint32_t tests = file->progs[ENGINE_BATCHED]->entries.len, count = 0;
    int64_t *which = ARENA_ARRAY(command->arena, int64_t, tests);
    uint32_t *faults = ARENA_ARRAY(command->arena, uint32_t, tests);
    const size_t stride = 1;
    const void *const in = which;
    static void *const no_outputs[1];
    struct progress progress = {0};
    struct engine_stats stats;
    for (uint32_t i = 0; i < tests; i++) {
        if (file->joined[i].entry != batch)
            continue;
        which[count] = file->joined[i].number;
        faults[count++] = NOT_FINISHED;
    }
    ab_call call = {.batch = count, .in = &in, .in_stride = &stride, .out = no_outputs,
                    .fault = faults};
    int code = compiled_batch(command, compiled, batch, &call, &progress, &stats);
    for (uint32_t i = 0; i < tests; i++)
        if (file->joined[i].entry == batch)
            file->faults[ENGINE_BATCHED][i] = faults[file->joined[i].number];
    return code;
}

static int run_compiled(struct command *command, const struct tester *tester,
                        const struct file_test *file, enum engine_kind engine)
{
    bool scalar = engine == ENGINE_SCALAR;
    const struct ir_prog *prog = scalar ? file->progs[engine] : file->batches;
    struct emission emission;
    struct compiled compiled;
    if (!emission_read(command, tester->options.level, "unit", &emission))
        return EXIT_USAGE;
    emission.emit.mode = scalar ? EMIT_SCALAR : EMIT_BATCHED;
    emission.emit.table = true;
    emission.emit.runtime_inline = true;
    int code = compiled_make(command, &tester->toolchain, prog, &emission, &compiled);
    if (!code && scalar)
        code = run_scalar(command, file, &compiled);
    for (uint32_t i = 0; !scalar && i < prog->entries.len && !code; i++)
        code = run_batch(command, file, &compiled, i);
    compiled_free(&compiled);
    return code;
}

static int run_engines(struct command *command, const struct tester *tester, struct file_test *file)
{
    int code = EXIT_FINE;
    for (enum engine_kind engine = 0; engine < ENGINE_COUNT && !code; engine++) {
        if (!tester->runs[engine])
            continue;
        file->faults[engine] = ARENA_ARRAY(command->arena, uint32_t,
                                           file->progs[engine]->entries.len + 1);
        code = engine == ENGINE_INTERP ? run_interp(command, file)
                                       : run_compiled(command, tester, file, engine);
    }
    return code;
}

/* ---- judging --------------------------------------------------------------------------------- */

static const struct ir_fault *outcome(const struct file_test *file, enum engine_kind engine,
                                      uint32_t entry)
{
    const struct ir_prog *prog = file->progs[engine];
    uint32_t code = file->faults[engine][entry];
    return &prog->faults.at[code < prog->faults.len ? code : 0];
}

static bool same_fault(const struct ir_fault *a, const struct ir_fault *b)
{
    return a->kind == b->kind && a->line == b->line && a->column == b->column;
}

static enum engine_kind first_engine(const struct tester *tester)
{
    enum engine_kind engine = 0;
    while (!tester->runs[engine])
        engine++;
    return engine;
}

static bool engines_agree(const struct tester *tester, const struct file_test *file, uint32_t entry)
{
    enum engine_kind first = first_engine(tester);
    for (enum engine_kind engine = first; engine < ENGINE_COUNT; engine++)
        if (tester->runs[engine]
            && !same_fault(outcome(file, first, entry), outcome(file, engine, entry)))
            return false;
    return true;
}

static void print_outcome(const struct ir_fault *fault, enum fault_kind expected)
{
    if (fault->kind == FAULT_NONE)
        printf("it did not fault\n");
    else
        fault_say(fault, stdout);
    if (expected != FAULT_NONE)
        printf("        expected: a %s fault\n", fault_kind_name[expected]);
}

/* Prints what is wrong with one assert, under its test's title if it is the first; true if it
 * holds. */
static bool judge(const struct tester *tester, const struct file_test *file, uint32_t entry,
                  bool is_first)
{
    enum engine_kind first = first_engine(tester);
    const struct ir_entry *test = &file->progs[first]->entries.at[entry];
    const struct ir_fault *fault = outcome(file, first, entry);
    bool agree = engines_agree(tester, file, entry);
    if (agree && fault->kind == test->expect_fault)
        return true;
    struct position at = source_position(file->progs[first]->sources, test->loc);
    if (is_first)
        printf("  FAILED  %s\n", test->name);
    printf("    %s:%u:%u: %s\n", at.path, at.line, at.column,
           test->test_text ? test->test_text : "");
    if (agree) {
        printf("        ");
        print_outcome(fault, test->expect_fault);
        return false;
    }
    printf("        the engines do not agree: this is a mistake of abcc\n");
    for (enum engine_kind engine = 0; engine < ENGINE_COUNT; engine++) {
        if (!tester->runs[engine])
            continue;
        printf("        %s: ", engine_name[engine]);
        print_outcome(outcome(file, engine, entry), FAULT_NONE);
    }
    return false;
}

/* Are two entries asserts of one test? Their functions are called test.NUMBER.PART. */
static bool same_test(const struct ir_prog *prog, uint32_t a, uint32_t b)
{
    const char *first = prog->funcs.at[prog->entries.at[a].func].name;
    const char *second = prog->funcs.at[prog->entries.at[b].func].name;
    size_t len = strcspn(first, "."), rest = first[len] ? strcspn(first + len + 1, ".") : 0;
    return prog->entries.at[a].name == prog->entries.at[b].name
           && !strncmp(first, second, len + 1 + rest + 1);
}

static void judge_file(struct tester *tester, const struct file_test *file)
{
    const struct ir_prog *prog = file->progs[first_engine(tester)];
    printf("%s\n", file->path);
    for (uint32_t first = 0, end = 0; first < prog->entries.len; first = end) {
        while (end < prog->entries.len && same_test(prog, first, end))
            end++;
        bool holds = true;
        for (uint32_t i = first; i < end; i++) {
            bool fine = judge(tester, file, i, holds);
            holds &= fine;
        }
        if (holds)
            printf("  ok      %s\n", prog->entries.at[first].name);
        tester->passed += holds;
        tester->failed += !holds;
    }
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Only tests stay, and of these only those with the --filter in their title. */
static void keep_tests(const struct tester *tester, struct ir_prog *prog)
{
    uint32_t kept = 0;
    keep_entries(prog, ENTRIES_TESTS);
    for (uint32_t i = 0; i < prog->entries.len; i++)
        if (!tester->filter || strstr(prog->entries.at[i].name, tester->filter))
            prog->entries.at[kept++] = prog->entries.at[i];
    prog->entries.len = kept;
}

/* The tests as they are, and joined to batches, which the engine then runs. */
static struct ir_prog *join_tests(struct command *command, const struct tester *tester,
                                  const struct unit *unit, struct file_test *file)
{
    struct ir_prog *prog = unit_build(command, &tester->options, unit);
    if (!prog)
        return NULL;
    keep_tests(tester, prog);
    struct ir_prog *tests = ARENA_NEW(command->arena, struct ir_prog);
    *tests = *prog;
    file->progs[ENGINE_BATCHED] = tests;
    file->joined = ARENA_ARRAY(command->arena, struct joined_test, prog->entries.len + 1);
    build_join_tests(prog, file->joined);
    return ir_lower(command, &tester->options, prog, true, NULL) ? prog : NULL;
}

static int lower_for(struct command *command, const struct tester *tester, const struct unit *unit,
                     struct file_test *file)
{
    for (enum engine_kind engine = 0; engine < ENGINE_COUNT; engine++) {
        if (!tester->runs[engine])
            continue;
        if (engine == ENGINE_BATCHED) {
            file->batches = join_tests(command, tester, unit, file);
            if (!file->batches)
                return EXIT_BUG;
            continue;
        }
        file->progs[engine] = unit_lower(command, &tester->options, unit, engine != ENGINE_INTERP,
                                         NULL);
        if (!file->progs[engine])
            return EXIT_BUG;
        keep_tests(tester, file->progs[engine]);
    }
    return EXIT_FINE;
}

static int test_file(struct command *command, struct tester *tester, const char *path,
                     struct loc named)
{
    struct unit unit;
    struct file_test file = {.path = path};
    int code = unit_check(command, &tester->options, path, named, &unit);
    if (!code)
        code = lower_for(command, tester, &unit, &file);
    if (code || !file.progs[first_engine(tester)]->entries.len)
        return code;
    code = run_engines(command, tester, &file);
    if (!code)
        judge_file(tester, &file);
    return code;
}

/* ---- the verb -------------------------------------------------------------------------------- */

static int read_tester(struct command *command, struct tester *tester)
{
    const char *mode = option_text(command, OPT_mode, NULL);
    *tester = (struct tester){.filter = option_text(command, OPT_filter, NULL)};
    if (!compile_options_read(command, &tester->options))
        return EXIT_USAGE;
    for (enum engine_kind engine = 0; engine < ENGINE_COUNT; engine++)
        tester->runs[engine] = !mode || !strcmp(mode, engine_name[engine]);
    bool compiles = tester->runs[ENGINE_SCALAR] || tester->runs[ENGINE_BATCHED];
    return compiles ? toolchain_find(command, &tester->toolchain) : EXIT_FINE;
}

/* A filter that finds nothing is most likely misspelt. */
static int nothing_matches(struct command *command)
{
    const struct word *filter = option_word(command, OPT_filter);
    diag_report(&command->diags, AB0602, filter->loc, "no test has `%s` in its title",
                filter->text);
    return EXIT_USAGE;
}

int verb_test(struct command *command)
{
    struct tester tester;
    struct loc nowhere = {0};
    int code = read_tester(command, &tester);
    if (code)
        return code;
    if (!command->operands.len)
        add_directory(command, &tester, ".", nowhere);
    for (uint32_t i = 0; i < command->operands.len; i++)
        add_operand(command, &tester, command->operands.at[i].text, command->operands.at[i].loc);
    code = command->diags.errors ? EXIT_FILE : EXIT_FINE;
    interrupt_watch();
    for (uint32_t i = 0; i < tester.files.len && code != EXIT_INTERRUPTED && code != EXIT_USAGE;
         i++) {
        int one = test_file(command, &tester, tester.files.at[i], nowhere);
        code = one > code ? one : code;
        command_flush(command);
    }
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", tester.passed, tester.failed);
    if (!code && tester.filter && !tester.passed && !tester.failed)
        code = nothing_matches(command);
    return code ? code : tester.failed ? EXIT_SOURCE : EXIT_FINE;
}
