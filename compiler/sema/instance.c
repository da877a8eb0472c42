/* Functions with the types of their arguments: found or made, counted (L15). */
#include "sema/function.h"

enum { MAX_NESTING = 64, MAX_INSTANCES = 10000, SHOWN_FIRST = 3 };

static uintptr_t hash_of(const struct inst_key *key)
{
    uintptr_t hash = map_mix((uintptr_t)key->decl, (uintptr_t)key->function);
    for (uint32_t i = 0; i < key->decl->ast->params.len; i++)
        hash = map_mix(hash, (uintptr_t)key->params[i]);
    return hash;
}

static bool has_key(const struct inst *inst, const struct inst_key *key)
{
    if (inst->decl != key->decl || inst->function != key->function)
        return false;
    for (uint32_t i = 0; i < key->decl->ast->params.len; i++)
        if (inst->params[i] != key->params[i])
            return false;
    return true;
}

const char *chain_text(struct checker *cx, const struct inst *last)
{
    VEC(const struct inst *) chain = {0};
    for (const struct inst *inst = last; inst; inst = inst->caller)
        if (inst->decl == last->decl)
            vec_push(cx->memory, &chain, inst);
    const char *text = "";
    for (uint32_t i = 0; i < chain.len; i++) {
        if (i >= SHOWN_FIRST && i + 1 < chain.len)
            continue;
        const char *arrow = i == 0 ? "" : i >= SHOWN_FIRST ? " -> .. -> " : " -> ";
        text = arena_printf(cx->memory, "%s%s`%s`", text, arrow,
                            instance_text(cx, chain.at[chain.len - 1 - i]));
    }
    return text;
}

/* Of the callers, the innermost one of the function that stands among them most often. */
static const struct inst *most_nested(const struct inst *caller)
{
    const struct inst *most = NULL;
    uint32_t most_count = 0;
    for (const struct inst *inst = caller; inst; inst = inst->caller) {
        uint32_t count = 0;
        for (const struct inst *outer = inst; outer; outer = outer->caller)
            count += outer->decl == inst->decl;
        if (count > most_count)
            most = inst;
        most_count = count > most_count ? count : most_count;
    }
    return most;
}

/* Said once a function, or once for all of them. */
static void report_endless(struct checker *cx, const struct inst *caller, struct decl *decl,
                           bool is_nested, struct loc loc)
{
    if (is_nested ? decl->endless_reported : cx->endless_reported)
        return;
    struct diag *diag =
        is_nested ? sema_error(cx, AB0507, loc, "each call of `%s` needs another instance of it",
                               decl->ast->name)
                  : sema_error(cx, AB0507, loc, "more than %d instances of functions are needed",
                               MAX_INSTANCES);
    if (!diag)
        return;
    cx->endless_reported = decl->endless_reported = true;
    const struct inst *last = most_nested(caller);
    if (last)
        sema_help(cx, diag, "%s", chain_text(cx, last));
    sema_help(cx, diag, "let what grows end somewhere, or annotate the parameters");
}

static bool refuse_endless(struct checker *cx, const struct inst *caller, struct decl *decl,
                           uint32_t nesting, struct loc loc)
{
    if (nesting <= MAX_NESTING && cx->inst_count < MAX_INSTANCES)
        return false;
    report_endless(cx, caller, decl, nesting > MAX_NESTING, loc);
    return true;
}

void state_result(struct checker *cx, struct inst *inst)
{
    const struct signature *sig = &inst->decl->sig;
    const struct ast_decl *ast = inst->decl->ast;
    const struct ty *ty =
        sig->result_is_sized ? resolve_sized_type(cx, ast, ast->type, inst->sizes) : sig->result;
    bool is_open = ty && ty_is_open(ty);
    inst->open_result = is_open ? ty : NULL;
    inst->stated = is_open ? NULL : ty;
}

static struct inst *new_instance(struct checker *cx, const struct inst_key *key)
{
    struct inst *inst = ARENA_NEW(cx->arena, struct inst);
    const struct ast_decl *ast = key->decl->ast;
    inst->decl = key->decl;
    inst->function = key->function;
    inst->params = ARENA_ARRAY(cx->arena, const struct ty *, ast->params.len);
    for (uint32_t i = 0; i < ast->params.len; i++)
        inst->params[i] = key->params[i];
    int64_t *sizes = ARENA_ARRAY(cx->arena, int64_t, ast->sizes.len);
    for (uint32_t i = 0; i < ast->sizes.len; i++)
        sizes[i] = key->sizes[i];
    inst->sizes = sizes;
    bool was_silent = cx->is_silent;
    cx->is_silent = true; /* said when its body is walked for good */
    state_result(cx, inst);
    cx->is_silent = was_silent;
    inst->result = inst->stated ? inst->stated : cx->types.unknown;
    return inst;
}

struct inst *find_instance(struct checker *cx, const struct inst_key *key, struct loc call_loc)
{
    struct decl *decl = key->decl;
    uint32_t nesting = 1;
    uintptr_t hash = hash_of(key);
    struct inst *first = map_get(&cx->inst_hash, hash);
    for (struct inst *inst = first; inst; inst = inst->next_same_hash)
        if (has_key(inst, key))
            return inst;
    struct inst *caller = cx->pass ? cx->pass->inst : NULL;
    for (const struct inst *inst = caller; inst; inst = inst->caller)
        nesting += inst->decl == decl;
    if (refuse_endless(cx, caller, decl, nesting, call_loc))
        return NULL;
    struct inst *inst = new_instance(cx, key);
    inst->caller = caller;
    inst->call_loc = call_loc;
    inst->next_same_hash = first;
    map_set(&cx->inst_hash, hash, inst);
    decl->inst_count++;
    cx->inst_count++;
    return inst;
}

/* Queues an instance for the final pass and gives it its place in the typed program. */
void reach_instance(struct checker *cx, struct inst *inst, bool from_root)
{
    if (inst->is_final)
        return;
    const struct signature *sig = &inst->decl->sig;
    inst->is_final = true;
    inst->is_reached = from_root;
    struct instance *typed = inst->typed = ARENA_NEW(cx->arena, struct instance);
    typed->decl = inst->decl->ast;
    typed->signature = arena_printf(cx->arena, "%s -> %s", instance_text(cx, inst),
                                    text_of(cx, inst->result));
    typed->max_depth = sig->max_depth;
    typed->budget = sig->budget;
    typed->inline_attr = sig->inline_attr;
    typed->is_sync = sig->is_sync;
    vec_push(cx->arena, &cx->queue, inst);
    if (!from_root)
        return;
    typed->id = cx->prog->instances.len;
    vec_push(cx->arena, &cx->prog->instances, typed);
}

const struct ty *instance_result(struct checker *cx, struct inst *inst)
{
    struct pass *pass = cx->pass;
    if (pass->is_final) {
        if (inst->state == INST_NEW)
            infer_instance(cx, inst);
        reach_instance(cx, inst, pass->inst->is_reached);
    } else if (inst->state == INST_NEW) {
        vec_push(cx->arena, pass->pending, inst);
    } else if (inst->state == INST_ACTIVE && !inst->stated) {
        pass->inst->calls_itself |= inst == pass->inst;
        if (inst->index < pass->inst->low)
            pass->inst->low = inst->index;
    }
    return inst->result;
}
