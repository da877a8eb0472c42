#define _POSIX_C_SOURCE 200809L

#include "pass/passes.h"

#include <string.h>
#include <time.h>

const struct pass pass_table[] = {
    {.name = "mark_tail",
     .help = "turn calls that the program writes as tail calls into such",
     .run = pass_mark_tail,
     .required = true},
    {.name = "mark_cycles",
     .help = "note in which cycle of calls each function counts depth, before a pass cuts one",
     .run = pass_mark_cycles,
     .required = true},
    {.name = "tidy",
     .help = "put the control flow into canonical form",
     .run = pass_tidy,
     .required = true},
    {.name = "merge_tail",
     .help = "turn cycles of tail calls into loops",
     .run = pass_merge_tail,
     .required = true,
     .for_engines = true},
    {.name = "inline",
     .help = "put small functions, and those called once, into their callers",
     .run = pass_inline,
     .level = 1},
    {.name = "unroll",
     .help = "write out small counted loops that index small tensors by their counter",
     .run = pass_unroll,
     .level = 1},
    {.name = "fold",
     .help = "evaluate what is constant and use exact identities",
     .run = pass_fold,
     .level = 1},
    {.name = "split",
     .help = "make scalars of small tensors that are indexed by constants",
     .run = pass_split,
     .level = 1},
    {.name = "strength",
     .help = "use shifts and masks for products, quotients and remainders by powers of two",
     .run = pass_strength,
     .level = 1},
    {.name = "fuse_loops",
     .help = "make one of counted loops that follow each other and run the same rounds",
     .run = pass_fuse_loops,
     .level = 1},
    {.name = "cse", .help = "compute equal values once", .run = pass_cse, .level = 1},
    {.name = "range_checks",
     .help = "remove checks of indexes that are known to be in range",
     .run = pass_range_checks,
     .level = 1},
    {.name = "jam",
     .help = "multiply eight rows of a shared array by a vector at once",
     .run = pass_jam,
     .level = 2},
    {.name = "licm",
     .help = "compute in front of a loop what is the same in every round",
     .run = pass_licm,
     .level = 2},
    {.name = "dce",
     .help = "remove what nothing needs; never a check, a fault or an endless loop",
     .run = pass_dce,
     .level = 1},
    {.name = "sink",
     .help = "put index maps of tensors to their users, so that they need no memory",
     .run = pass_sink,
     .required = true,
     .for_engines = true},
};
const uint32_t pass_count = sizeof pass_table / sizeof *pass_table;

bool pass_tidy(struct pass_cx *cx, struct ir_prog *prog)
{
    (void)cx;
    return ir_tidy(prog);
}

int pass_find(const char *pass_name)
{
    for (uint32_t i = 0; i < pass_count; i++)
        if (!strcmp(pass_table[i].name, pass_name))
            return (int)i;
    return -1;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

const char *pass_run(struct ir_prog *prog, const struct pass *pass,
                     const struct pass_options *options)
{
    struct pass_cx cx = {.scratch = arena_new(), .reassociate = options->reassociate};
    double start = seconds_now();
    bool changed = ir_tidy(prog);
    changed |= pass->run(&cx, prog);
    changed |= ir_tidy(prog);
    double seconds = seconds_now() - start;
    const char *why = ir_verify(prog, prog->arena);
    if (why)
        why = arena_printf(prog->arena, "after pass %s: %s", pass->name, why);
    else if (options->after)
        options->after(options->user, pass, prog, seconds, changed);
    arena_free(cx.scratch);
    return why;
}

static bool is_chosen(const struct pass_options *options, uint32_t index)
{
    const struct pass *pass = &pass_table[index];
    if (pass->for_engines && !options->for_engines)
        return false;
    return pass->required || (pass->level <= options->level && !options->off[index]);
}

const char *pass_run_all(struct ir_prog *prog, const struct pass_options *options)
{
    for (uint32_t i = 0; i < pass_count; i++) {
        const char *why = is_chosen(options, i) ? pass_run(prog, &pass_table[i], options) : NULL;
        if (why)
            return why;
        if (options->stop_after && !strcmp(options->stop_after, pass_table[i].name))
            break;
    }
    return NULL;
}
