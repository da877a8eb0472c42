/* Every message of the checker goes through here: muted while types are being inferred. */
#include "sema/check.h"

#include <string.h>

enum { LONG_CHAIN = 8 }; /* instances of one function that need each other: worth showing */

static bool is_muted(const struct checker *cx)
{
    return cx->is_silent || (cx->pass && !cx->pass->is_final);
}

static struct diag *report(struct checker *cx, enum diag_code code, struct loc loc,
                           const char *format, va_list args)
{
    finish_report(cx);
    char *message = arena_vprintf(cx->memory, format, args);
    return diag_report(cx->diags, code, loc, "%s", message);
}

struct diag *sema_error(struct checker *cx, enum diag_code code, struct loc loc,
                        const char *format, ...)
{
    if (is_muted(cx))
        return NULL;
    va_list args;
    va_start(args, format);
    struct diag *diag = report(cx, code, loc, format, args);
    va_end(args);
    cx->needs_context = diag;
    return diag;
}

/* A generic body is walked once an instance; its warnings are given once. */
struct diag *sema_warn(struct checker *cx, enum diag_code code, struct loc loc,
                       const char *format, ...)
{
    if (is_muted(cx) || (cx->pass && cx->pass->in_constant && cx->pass->inst))
        return NULL;
    uintptr_t key = map_mix(map_mix(code + 1u, loc.file), loc.begin);
    if (map_get(&cx->warned, key))
        return NULL;
    map_set(&cx->warned, key, cx);
    va_list args;
    va_start(args, format);
    struct diag *diag = report(cx, code, loc, format, args);
    va_end(args);
    return diag;
}

struct diag *sema_not_yet(struct checker *cx, struct loc loc, const char *what)
{
    return sema_error(cx, AB0901, loc, "this version does not compile %s yet", what);
}

void sema_note(struct checker *cx, struct diag *diag, struct loc loc, const char *format, ...)
{
    if (!diag)
        return;
    va_list args;
    va_start(args, format);
    diag_note(cx->diags, diag, loc, "%s", arena_vprintf(cx->memory, format, args));
    va_end(args);
}

void sema_help(struct checker *cx, struct diag *diag, const char *format, ...)
{
    if (!diag)
        return;
    va_list args;
    va_start(args, format);
    diag_help(cx->diags, diag, "%s", arena_vprintf(cx->memory, format, args));
    va_end(args);
}

void sema_edit(struct checker *cx, struct diag *diag, struct loc loc, const char *label,
               const char *format, ...)
{
    if (!diag)
        return;
    va_list args;
    va_start(args, format);
    diag_edit(cx->diags, diag, loc, arena_strdup(cx->diags->arena, label), "%s",
              arena_vprintf(cx->memory, format, args));
    va_end(args);
}

/* Is the instance one of a chain that may have no end? */
static bool is_nested(const struct inst *last)
{
    uint32_t count = 0;
    for (const struct inst *inst = last; inst; inst = inst->caller)
        count += inst->decl == last->decl;
    return count >= LONG_CHAIN;
}

/* In a generic function the types come from a call: says which. */
void finish_report(struct checker *cx)
{
    struct diag *diag = cx->needs_context;
    cx->needs_context = NULL;
    const struct inst *inst = cx->pass ? cx->pass->inst : NULL;
    if (!diag || !inst || !inst->decl->sig.is_generic || inst->is_probe || !inst->call_loc.file)
        return;
    sema_note(cx, diag, inst->call_loc, "in `%s`, called here", instance_text(cx, inst));
    if (diag->code != AB0507 && is_nested(inst))
        sema_help(cx, diag, "%s", chain_text(cx, inst));
}

const char *text_of(struct checker *cx, const struct ty *ty)
{
    return ty_text(cx->memory, ty);
}

const char *source_text(struct checker *cx, struct loc loc)
{
    const struct source *source = &cx->diags->sources->files.at[loc.file];
    return arena_strndup(cx->memory, source->chars + loc.begin, loc.end - loc.begin);
}

bool source_begins(struct checker *cx, struct loc loc, const char *chars)
{
    const struct source *source = &cx->diags->sources->files.at[loc.file];
    size_t len = strlen(chars);
    return loc.begin + len <= source->len && !memcmp(source->chars + loc.begin, chars, len);
}

/* "lerp(f32, f32, float)" */
const char *instance_text(struct checker *cx, const struct inst *inst)
{
    const struct ast_decl *ast = inst->decl->ast;
    if (ast->kind == AST_TEST)
        return arena_printf(cx->memory, "test \"%s\"", ast->path);
    struct text out = {0};
    text_printf(&out, "%s(", ast->name);
    for (uint32_t i = 0; i < ast->params.len; i++) {
        bool is_inout = ast->params.at[i].mode == AST_PARAM_INOUT;
        text_printf(&out, "%s%s%s", i ? ", " : "", is_inout ? "inout " : "",
                    text_of(cx, inst->params[i]));
    }
    text_put(&out, ")");
    const char *chars = arena_strndup(cx->memory, out.chars, out.len);
    text_free(&out);
    return chars;
}
