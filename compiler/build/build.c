#include "build/defaults.h"
#include "build/build.h"

#include "build/fn.h"
#include "build/walk.h"

enum { DEFAULT_MAX_DEPTH = 64 };

/* ---- faults -------------------------------------------------------------------------- */

fault_id program_fault(struct program *program, enum fault_kind kind, const void *node,
                       struct loc loc, const char *text)
{
    fault_id fault;
    if (!id_map_get(&program->faults, id_map_key(node, kind), &fault)) {
        fault = ir_fault_new(program->prog, kind, loc, text);
        id_map_put(&program->faults, id_map_key(node, kind), fault);
    }
    return fault;
}

/* The limit is the entry's (L3): its number is not known here. */
fault_id program_call_fault(struct program *program, const void *node,
                            const struct instance *callee, struct loc loc)
{
    const char *text = arena_printf(
        program->arena, "recursion deeper than max_depth in %s (set by @max_depth or --max-depth)",
        callee->decl->name ? callee->decl->name : callee->name);
    return program_fault(program, FAULT_STACK, node, loc, text);
}

/* ---- functions ----------------------------------------------------------------------- */

bool program_counts(const struct program *program, const struct instance *instance, bool counts)
{
    return counts && program->calls.nodes.at[calls_node(&program->calls, instance)].takes_steps;
}

func_id program_func(const struct program *program, const struct instance *instance, bool counts)
{
    func_id func = IR_NONE;
    bool counted = program_counts(program, instance, counts);
    id_map_get(&program->funcs, id_map_key(instance, counted), &func);
    return func;
}

static func_id declare(struct program *program, const char *func_name,
                       const struct instance *instance, struct job job)
{
    func_id id = ir_func_new(program->prog, func_name, instance->decl->loc);
    fn_set_signature(program->prog, &program->prog->funcs.at[id], instance,
                     job.kind == JOB_INSTANCE && job.variant == VARIANT_COUNTED);
    job.instance = instance;
    vec_push(program->scratch, &program->jobs, job);
    return id;
}

static void declare_instance(struct program *program, const struct instance *instance, bool counts)
{
    if (program_func(program, instance, counts) != IR_NONE)
        return;
    bool counted = program_counts(program, instance, counts);
    const char *func_name =
        counted ? arena_printf(program->scratch, "%s.counted", instance->name) : instance->name;
    struct job job = {.kind = JOB_INSTANCE, .variant = counted ? VARIANT_COUNTED : VARIANT_PLAIN};
    id_map_put(&program->funcs, id_map_key(instance, counted),
               declare(program, func_name, instance, job));
}

/* ---- entries ------------------------------------------------------------------------- */

/* What an export or test reaches, and what follows from it. */
struct reach {
    struct node_list nodes;
    uint32_t max_depth; /* L3 */
    bool uses_batch_index;
};

static struct reach reach_of(const struct program *program, const struct instance *root)
{
    const struct calls *calls = &program->calls;
    struct reach reach = {.nodes = calls_reach(calls, calls_node(calls, root))};
    for (uint32_t i = 0; i < reach.nodes.list.len; i++) {
        const struct instance *instance = calls->nodes.at[reach.nodes.list.at[i]].instance;
        if (instance->max_depth > reach.max_depth)
            reach.max_depth = instance->max_depth;
        reach.uses_batch_index |= instance->uses_batch_index;
    }
    if (reach.max_depth == 0)
        reach.max_depth =
            program->options->max_depth ? program->options->max_depth : DEFAULT_MAX_DEPTH;
    return reach;
}

static void declare_callees(struct program *program, const struct reach *reach, bool counts)
{
    for (uint32_t i = 1; i < reach->nodes.list.len; i++)
        declare_instance(program, program->calls.nodes.at[reach->nodes.list.at[i]].instance,
                         counts);
}

static struct ir_entry *new_entry(struct program *program, const struct instance *instance,
                                  const struct reach *reach)
{
    struct ir_entry *entry = vec_add(program->arena, &program->prog->entries);
    entry->doc = instance->decl->doc;
    entry->loc = instance->decl->name_loc;
    entry->max_depth = reach->max_depth;
    entry->uses_batch_index = reach->uses_batch_index;
    return entry;
}

static void push_leaves(struct arena *arena, struct ir_entry *entry, bool result,
                        const struct ty *ty, const char *prefix, bool is_inout,
                        const union scalar **initial)
{
    struct type *types = ARENA_ARRAY(arena, struct type, ty->leaves);
    const char **paths = ARENA_ARRAY(arena, const char *, ty->leaves);
    leaf_types(ty, types);
    leaf_paths(arena, ty, prefix, paths);
    for (uint32_t i = 0; i < ty->leaves; i++) {
        char buffer[TYPE_TEXT_SIZE];
        struct ir_leaf leaf = {paths[i], types[i], is_inout, initial ? initial[i] : NULL};
        const char *type = arena_strdup(arena, type_text(&types[i], buffer));
        if (result) {
            vec_push(arena, &entry->results, leaf);
            vec_push(arena, &entry->result_types, type);
        } else {
            vec_push(arena, &entry->params, leaf);
            vec_push(arena, &entry->param_types, type);
        }
    }
}

/* Result leaves first, then inout parameters (L21). */
static void name_leaves(struct arena *arena, struct ir_entry *entry,
                        const struct instance *instance)
{
    push_leaves(arena, entry, true, instance->result, "", false, NULL);
    for (uint32_t p = 0; p < instance->param_count; p++) {
        const struct typed_var *var = &instance->vars.at[p];
        push_leaves(arena, entry, false, var->ty, var->name, var->is_inout,
                    default_leaves(arena, var->initial));
        if (var->is_inout)
            push_leaves(arena, entry, true, var->ty, var->name, true, NULL);
    }
}

/* ---- shared arrays ------------------------------------------------------------------- */

/* "X", "X.2": two exports may have arrays of one name. */
static const char *numbered(struct program *program, struct id_map *counts, name base)
{
    uint32_t count = 0;
    id_map_get(counts, id_map_key(base, 0), &count);
    id_map_put(counts, id_map_key(base, 0), ++count);
    return count == 1 ? base : arena_printf(program->arena, "%s.%u", base, count);
}

static void add_symbols(struct program *program)
{
    const struct typed_prog *typed = program->typed;
    struct ir_prog *prog = program->prog;
    struct id_map counts;
    id_map_init(&counts, program->scratch);
    for (uint32_t i = 0; i < typed->shared.len; i++) {
        const struct typed_shared *from = &typed->shared.at[i];
        struct ir_shared shared = {numbered(program, &counts, from->name), from->ty->tensor,
                                   from->loc};
        vec_push(program->arena, &prog->shared, shared);
    }
    id_map_init(&counts, program->scratch);
    for (uint32_t i = 0; i < typed->extents.len; i++) {
        struct ir_extent extent = {numbered(program, &counts, typed->extents.at[i].name)};
        vec_push(program->arena, &prog->extents, extent);
    }
}

static void add_extent(struct program *program, struct ir_entry *entry, uint32_t extent)
{
    for (uint32_t i = 0; i < entry->extents.len; i++)
        if (entry->extents.at[i] == extent)
            return;
    const char *path = program->typed->extents.at[extent].name;
    vec_push(program->arena, &entry->extents, extent);
    vec_push(program->arena, &entry->extent_paths, path);
}

static void name_shared(struct program *program, struct ir_entry *entry,
                        const struct instance *instance)
{
    for (uint32_t i = 0; i < instance->shared.len; i++) {
        uint32_t symbol = instance->shared.at[i];
        const struct typed_shared *shared = &program->typed->shared.at[symbol];
        const char *path = shared->name;
        vec_push(program->arena, &entry->shared, symbol);
        vec_push(program->arena, &entry->shared_paths, path);
        const struct shape *shape = &shared->ty->tensor.shape;
        for (uint32_t axis = 0; axis < shape->rank; axis++)
            if (shape->dim[axis] < 0)
                add_extent(program, entry, (uint32_t)(-1 - shape->dim[axis]));
    }
}

/* Leaves of parameters and shared arrays as the source has them. */
static void order_params(struct program *program, struct ir_entry *entry,
                         const struct instance *instance)
{
    uint32_t leaf = 0;
    for (uint32_t i = 0; i < instance->param_order.len; i++) {
        const struct typed_param_place *from = &instance->param_order.at[i];
        uint32_t count = from->is_shared ? 1 : instance->vars.at[from->index].ty->leaves;
        struct ir_param_place place = {.is_shared = from->is_shared};
        while (place.is_shared && entry->shared.at[place.index] != from->index)
            place.index++;
        for (uint32_t k = 0; k < count; k++) {
            if (!from->is_shared)
                place.index = leaf++;
            vec_push(program->arena, &entry->param_order, place);
        }
    }
}

static void add_export(struct program *program, const struct instance *instance)
{
    struct reach reach = reach_of(program, instance);
    bool counts = instance->budget != 0;
    func_id func;
    if (program_counts(program, instance, counts)) {
        func = declare(program, arena_printf(program->scratch, "%s.entry", instance->name),
                       instance, (struct job){.kind = JOB_BUDGET_ENTRY});
        declare_instance(program, instance, true);
        program->jobs.at[func].counted = program_func(program, instance, true);
    } else {
        declare_instance(program, instance, false);
        func = program_func(program, instance, false);
    }
    declare_callees(program, &reach, counts);
    struct ir_entry *entry = new_entry(program, instance, &reach);
    entry->name = instance->decl->name;
    entry->func = func;
    name_leaves(program->arena, entry, instance);
    name_shared(program, entry, instance);
    order_params(program, entry, instance);
}

/* ---- tests --------------------------------------------------------------------------- */

struct test {
    struct program *program;
    const struct instance *instance;
    struct reach reach;
    uint32_t number; /* of the block, from 1 */
    uint32_t part;   /* of the entries made of it, from 1 */
    uint32_t stmts;  /* of the block, up to the one that is walked */
};

/* The assert as the source has it. */
static const char *written(const struct program *program, const struct typed_stmt *stmt)
{
    const struct sources *sources = program->prog->sources;
    if (!sources || !stmt->loc.file)
        return stmt->source_text;
    const char *chars = sources->files.at[stmt->loc.file].chars;
    return arena_strndup(program->arena, chars + stmt->loc.begin, stmt->loc.end - stmt->loc.begin);
}

static void add_test_entry(struct test *test, const struct typed_stmt *stmt, enum fault_kind expect,
                           bool leave_out)
{
    struct program *program = test->program;
    struct test_part part = {stmt, test->stmts, leave_out};
    const char *func_name =
        arena_printf(program->scratch, "test.%u.%u", test->number, ++test->part);
    func_id func =
        declare(program, func_name, test->instance, (struct job){.kind = JOB_TEST, .part = part});
    struct ir_entry *entry = new_entry(program, test->instance, &test->reach);
    entry->name = name_of_text(program->prog->names, test->instance->decl->path);
    entry->func = func;
    entry->loc = stmt->loc;
    entry->is_test = true;
    entry->expect_fault = expect;
    entry->test_text = written(program, stmt);
}

/* Each assert is an example of its own, wherever it stands in the block (L32). */
static void add_assert(void *user, const struct typed_stmt *stmt)
{
    struct test *test = user;
    if (stmt->kind == TS_ASSERT) {
        add_test_entry(test, stmt, FAULT_NONE, false);
    } else if (stmt->kind == TS_ASSERT_FAULTS) {
        add_test_entry(test, stmt, FAULT_NONE, true);
        add_test_entry(test, stmt, (enum fault_kind)stmt->fault_kind, false);
    }
}

static void add_test(struct program *program, const struct instance *instance, uint32_t number)
{
    struct test test = {program, instance, reach_of(program, instance), number, 0, 0};
    const struct walk walk = {&test, add_assert, NULL};
    for (uint32_t i = 0; i < instance->body->stmts.len; i++) {
        test.stmts = i + 1;
        walk_stmt(&walk, instance->body->stmts.at[i]);
    }
    declare_callees(program, &test.reach, instance->budget != 0);
}

/* ---- the program --------------------------------------------------------------------- */

struct ir_prog *build_program(struct arena *arena, struct names *names,
                              const struct sources *sources, const struct typed_prog *typed,
                              const struct build_options *options)
{
    struct program program = {
        .arena = arena,
        .scratch = arena_new(),
        .prog = ir_prog_new(arena, names, sources),
        .typed = typed,
        .options = options,
    };
    calls_init(&program.calls, program.scratch, typed);
    id_map_init(&program.faults, program.scratch);
    id_map_init(&program.funcs, program.scratch);
    add_symbols(&program);
    for (uint32_t i = 0; i < typed->exports.len; i++)
        add_export(&program, typed->exports.at[i]);
    for (uint32_t i = 0; i < typed->tests.len; i++)
        add_test(&program, typed->tests.at[i], i + 1);
    for (func_id id = 0; id < program.jobs.len; id++)
        fn_build(&program, id, &program.jobs.at[id]);
    /* Code behind a `return` went into blocks that are neither reached nor finished. */
    ir_tidy(program.prog);
    arena_free(program.scratch);
    return program.prog;
}
