/* Names that nothing reads. A name that begins with `_` is meant to be unused. */
#include "sema/check.h"

static void warn_unused_param(struct checker *cx, const struct local *local)
{
    struct diag *diag =
        sema_warn(cx, AB1002, local->loc, "parameter `%s` is never read", local->name);
    if (!cx->pass->inst->decl->ast->exported)
        sema_edit(cx, diag, local->loc, "if that is meant", "_%s", local->name);
}

static void warn_unused_variable(struct checker *cx, const struct local *local)
{
    struct diag *diag = sema_warn(cx, AB1001, local->loc,
                                  local->is_written ? "`%s` is set, but never read"
                                                    : "`%s` is never read",
                                  local->name);
    if (!local->is_written)
        sema_edit(cx, diag, local->loc, "if that is meant", "_%s", local->name);
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
            warn_unused_param(cx, local);
        else
            warn_unused_variable(cx, local);
    }
}

/* In a file with nothing to run, nothing is used: it is there to be imported. */
void warn_unused_functions(struct checker *cx)
{
    if (!cx->prog->exports.len && !cx->prog->tests.len)
        return;
    for (uint32_t i = 0; i < cx->decl_count; i++) {
        const struct decl *decl = &cx->decls[i];
        if (decl->ast->kind == AST_FN && !decl->ast->exported && !decl->is_used
            && decl->ast->name[0] != '_')
            sema_warn(cx, AB1003, decl->ast->name_loc, "function `%s` is never called",
                      decl->ast->name);
    }
}
