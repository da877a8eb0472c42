/* The order of checking: declarations, then every function that an export or a test reaches, then
 * the others for their own mistakes. */
#include "sema/check.h"

#include <stdlib.h>
#include <string.h>

/* ---- roots ----------------------------------------------------------------------------------- */

/* The one instance that the declaration itself asks for. Parameters that it says nothing about are
 * unknown; the body is then looked at for mistakes that do not depend on them. */
static struct inst *declared_instance(struct checker *cx, struct decl *decl)
{
    uint32_t count = decl->ast->params.len;
    const struct ty **params = ARENA_ARRAY(cx->arena, const struct ty *, count);
    bool is_probe = decl->sig.is_bad;
    for (uint32_t i = 0; i < count; i++) {
        const struct ty *ty = decl->sig.params[i];
        is_probe |= !ty || ty_is_open(ty);
        params[i] = ty ? ty_with_unknowns(&cx->types, ty) : cx->types.unknown;
    }
    struct inst *inst = find_instance(cx, decl, params, (struct loc){0, 0, 0});
    if (!inst)
        return NULL;
    inst->is_probe = is_probe;
    if (inst->state == INST_NEW)
        infer_instance(cx, inst);
    return inst;
}

/* What callers from outside may leave out. */
static void keep_defaults(const struct inst *inst)
{
    const struct ast_decl *ast = inst->decl->ast;
    for (uint32_t i = 0; i < ast->params.len; i++)
        for (uint32_t var = 0; var < inst->typed->param_count; var++)
            if (inst->typed->vars.at[var].name == ast->params.at[i].name)
                inst->typed->vars.at[var].initial = inst->decl->sig.defaults[i];
}

static void walk_for_good(struct checker *cx, struct inst *inst)
{
    struct pass pass = {.inst = inst, .typed = inst->typed, .is_final = true};
    cx->memory = cx->arena;
    walk_body(cx, &pass);
    if (inst->decl->ast->exported)
        keep_defaults(inst);
    finish_report(cx);
    cx->pass = NULL;
}

static void drain_queue(struct checker *cx, uint32_t *next)
{
    while (*next < cx->queue.len)
        walk_for_good(cx, cx->queue.at[(*next)++]);
}

static void add_root(struct checker *cx, struct decl *decl)
{
    struct inst *inst = declared_instance(cx, decl);
    if (!inst)
        return;
    decl->is_used = true;
    reach_instance(cx, inst, true);
    if (decl->ast->kind == AST_TEST)
        vec_push(cx->arena, &cx->prog->tests, inst->typed);
    else
        vec_push(cx->arena, &cx->prog->exports, inst->typed);
}

static void check_functions(struct checker *cx)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < cx->decl_count; i++)
        if (is_main_module(cx, &cx->decls[i])
            && (cx->decls[i].ast->kind == AST_TEST
                || (cx->decls[i].ast->kind == AST_FN && cx->decls[i].ast->exported)))
            add_root(cx, &cx->decls[i]);
    drain_queue(cx, &next);
    for (uint32_t i = 0; i < cx->decl_count; i++) {
        struct decl *decl = &cx->decls[i];
        if (decl->ast->kind != AST_FN || decl->is_walked)
            continue;
        struct inst *inst = declared_instance(cx, decl);
        if (inst)
            reach_instance(cx, inst, false);
        drain_queue(cx, &next);
    }
}

/* ---- names of instances ---------------------------------------------------------------------- */

/* The first instance of a function has its name, the others a number behind it: "lerp.2". Functions
 * of other files are qualified: "shapes.area". Tests, which have titles, are numbered: "test.1". */
static name base_name(struct checker *cx, const struct ast_decl *decl)
{
    if (decl->kind == AST_TEST)
        return name_of_text(cx->names, "test");
    const struct module *module = module_at(cx, decl->loc);
    if (!module->name)
        return decl->name;
    return name_of_text(cx->names, arena_printf(cx->arena, "%s.%s", module->name, decl->name));
}

static void name_instances(struct checker *cx)
{
    struct map counts = map_new(cx->arena); /* name -> a count */
    for (uint32_t i = 0; i < cx->prog->instances.len; i++) {
        struct instance *instance = cx->prog->instances.at[i];
        bool is_test = instance->decl->kind == AST_TEST;
        name base = base_name(cx, instance->decl);
        uint32_t *count = map_get(&counts, (uintptr_t)base);
        if (!count) {
            count = ARENA_NEW(cx->arena, uint32_t);
            map_set(&counts, (uintptr_t)base, count);
        }
        ++*count;
        instance->name =
            *count == 1 && !is_test
                ? base : name_of_text(cx->names, arena_printf(cx->arena, "%s.%u", base, *count));
    }
}

/* ---- messages in the order of the text ------------------------------------------------------- */

struct ordered {
    struct diag *diag;
    uint32_t order;
};

static int compare(const void *a, const void *b)
{
    const struct ordered *one = a, *other = b;
    const struct loc *x = &one->diag->loc, *y = &other->diag->loc;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return one->order < other->order ? -1 : 1;
}

static void sort_messages(struct checker *cx, uint32_t first)
{
    uint32_t count = cx->diags->list.len - first;
    struct ordered *all = ARENA_ARRAY(cx->arena, struct ordered, count);
    for (uint32_t i = 0; i < count; i++)
        all[i] = (struct ordered){cx->diags->list.at[first + i], i};
    if (count)
        qsort(all, count, sizeof *all, compare);
    for (uint32_t i = 0; i < count; i++)
        cx->diags->list.at[first + i] = all[i].diag;
}

struct typed_prog *sema_check(struct arena *arena, struct names *names, struct diags *diags,
                              const struct ast_file *file, const struct sema_options *options)
{
    struct checker cx = {
        .arena = arena,
        .memory = arena,
        .names = names,
        .diags = diags,
        .options = options,
        .file = file,
        .prog = ARENA_NEW(arena, struct typed_prog),
        .inst_hash = map_new(arena),
        .warned = map_new(arena),
    };
    uint32_t first = diags->list.len;
    types_init(&cx.types, arena);
    cx.prog->arena = arena;
    cx.prog->sources = diags->sources;
    collect_decls(&cx);
    check_functions(&cx);
    finish_report(&cx);
    warn_unused(&cx);
    name_instances(&cx);
    sort_messages(&cx, first);
    return cx.prog;
}
