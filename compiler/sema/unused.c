/* Names that nothing reads. A name that begins with `_` is meant to be unused. They are collected
 * and reported at the end, if there are no errors: a use may be missing because of one. */
#include "sema/check.h"

static void collect(struct checker *cx, enum diag_code code, const struct local *local,
                    const char *format, bool offers_edit)
{
    struct unused unused = {.code = code, .loc = local->loc, .name = local->name};
    unused.message = arena_printf(cx->arena, format, local->name);
    unused.offers_edit = offers_edit;
    vec_push(cx->arena, &cx->unused, unused);
}

void warn_unused_locals(struct checker *cx, const struct scope *scope)
{
    if (!cx->pass->is_final)
        return;
    for (const struct local *local = scope->first; local; local = local->next) {
        bool is_used = local->is_read || (local->is_inout && local->is_written);
        if (is_used || local->name[0] == '_')
            continue;
        if (local->kind == LOCAL_PARAM)
            collect(cx, AB1002, local, "parameter `%s` is never read",
                    !cx->pass->inst->decl->ast->exported);
        else if (local->is_written)
            collect(cx, AB1001, local, "`%s` is set, but never read", false);
        else
            collect(cx, AB1001, local, "`%s` is never read", true);
    }
}

/* In a file with nothing to run, nothing is used: it is there to be imported. */
static void warn_unused_functions(struct checker *cx)
{
    if (!cx->prog->exports.len && !cx->prog->tests.len)
        return;
    for (uint32_t i = 0; i < cx->decl_count; i++) {
        const struct decl *decl = &cx->decls[i];
        if (decl->ast->kind == AST_FN && !decl->ast->exported && !decl->is_used
            && is_main_module(cx, decl) && decl->ast->name[0] != '_')
            sema_warn(cx, AB1003, decl->ast->name_loc, "function `%s` is never called",
                      decl->ast->name);
    }
}

void warn_unused(struct checker *cx)
{
    if (cx->diags->errors)
        return;
    warn_unused_functions(cx);
    warn_unused_imports(cx);
    for (uint32_t i = 0; i < cx->unused.len; i++) {
        const struct unused *unused = &cx->unused.at[i];
        struct diag *diag = sema_warn(cx, unused->code, unused->loc, "%s", unused->message);
        if (unused->offers_edit)
            sema_edit(cx, diag, unused->loc, "if that is meant", "_%s", unused->name);
    }
}
