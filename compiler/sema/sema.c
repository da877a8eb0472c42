/* The order of checking: declarations, then every function that an export or a test reaches, then
 * the others for their own mistakes. */
#include "sema/function.h"

#include <stdlib.h>
#include <string.h>

/* ---- roots ----------------------------------------------------------------------------------- */

/* Parameters of the one instance that the declaration itself asks for: an export's are all known,
 * with the shared arrays and run-time extents as symbols of its own. What a declaration does not say
 * is unknown; the body is then looked at for mistakes that do not depend on it. */
static const struct ty *declared_param(struct checker *cx, struct decl *decl, uint32_t index,
                                       const int64_t *sizes)
{
    const struct ast_param *param = &decl->ast->params.at[index];
    const struct ty *ty = decl->sig.params[index];
    if (decl->sig.is_bad)
        return ty && !ty_is_open(ty) ? ty : cx->types.unknown;
    if (decl->sig.is_sized[index])
        ty = resolve_sized_type(cx, decl->ast, param->type, sizes);
    if (ty && ty_is_tensor(ty) && param->mode == AST_PARAM_SHARED)
        return decl->ast->exported && is_main_module(cx, decl) ? name_shared(cx, param, ty)
                                                               : cx->types.unknown;
    return ty ? ty_with_unknowns(&cx->types, ty) : cx->types.unknown;
}

static struct inst *declared_instance(struct checker *cx, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    const struct ty **params = ARENA_ARRAY(cx->arena, const struct ty *, ast->params.len);
    int64_t *sizes = ARENA_ARRAY(cx->arena, int64_t, ast->sizes.len);
    bool is_entry = ast->exported && is_main_module(cx, decl);
    bool is_probe = decl->sig.is_bad || (ast->sizes.len && !is_entry);
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        sizes[i] = SIZE_UNKNOWN;
    if (is_entry && !decl->sig.is_bad)
        name_extents(cx, decl, sizes);
    for (uint32_t i = 0; i < ast->params.len; i++) {
        const struct ty *ty = decl->sig.params[i];
        params[i] = declared_param(cx, decl, i, sizes);
        is_probe |= ty_is_unsure(params[i]) || (ty && ty_is_open(ty));
    }
    struct inst_key key = {.decl = decl, .params = params, .sizes = sizes};
    struct inst *inst = find_instance(cx, &key, (struct loc){0, 0, 0});
    if (!inst)
        return NULL;
    inst->is_probe |= is_probe;
    if (inst->state == INST_NEW)
        infer_instance(cx, inst);
    return inst;
}

/* A lambda that is never called is looked at like a function that is never called. */
static struct inst *uncalled_lambda(struct checker *cx, const struct ty *function)
{
    struct decl *decl = decl_of_function(cx, function);
    if (decl->is_walked)
        return NULL;
    uint32_t count = decl->ast->params.len;
    const struct ty **params = ARENA_ARRAY(cx->arena, const struct ty *, count);
    const struct ty *annotation = ty_annotation(function);
    for (uint32_t i = 0; i < count; i++) {
        bool is_known = annotation && !ty_is_open(annotation->parts.at[i]);
        params[i] = is_known ? annotation->parts.at[i] : cx->types.unknown;
    }
    struct inst_key key = {.decl = decl, .params = params,
                           .function = ty_annotated(&cx->types, function, NULL)};
    struct inst *inst = find_instance(cx, &key, (struct loc){0, 0, 0});
    if (!inst)
        return NULL;
    inst->is_probe = true;
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
    list_params(cx, inst);
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
    for (uint32_t i = 0; i < cx->lambdas.len; i++) {
        struct inst *inst = uncalled_lambda(cx, cx->lambdas.at[i]);
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
    if (decl->name[0] == '|')
        return name_of_text(cx->names, "lambda");
    if (!decl->module)
        return decl->name;
    return name_of_text(cx->names, arena_printf(cx->arena, "%s.%s", decl->module, decl->name));
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
        .function_decls = map_new(arena),
        .lambda_decls = map_new(arena),
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
