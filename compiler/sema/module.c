/* Files as modules (L41). A name in a text is looked up in the module of that text, wherever the text
 * is checked from: a generic function of another file finds the names beside it. */
#include "sema/check.h"

#include <string.h>

struct module *module_at(const struct checker *cx, struct loc loc)
{
    struct module *module = cx->module_of_file[loc.file];
    return module ? module : cx->modules.at[0]; /* what stands on the command line */
}

bool is_main_module(const struct checker *cx, const struct decl *decl)
{
    return decl->ast->loc.file == cx->file->file;
}

/* ---- collecting -------------------------------------------------------------------------------- */

/* Files that are imported are there before those that import them, as the reader has seen to it
 * that there are no cycles; each is added once. */
static struct module *add_module(struct checker *cx, const struct ast_file *file)
{
    struct module *module = cx->module_of_file[file->file];
    if (module)
        return module;
    module = ARENA_NEW(cx->arena, struct module);
    *module = (struct module){.file = file, .names = map_new(cx->arena)};
    cx->module_of_file[file->file] = module;
    vec_push(cx->arena, &cx->modules, module);
    cx->decl_count += file->decls.len;
    for (uint32_t i = 0; i < file->decls.len; i++)
        if (file->decls.at[i]->kind == AST_IMPORT && file->decls.at[i]->imported)
            add_module(cx, file->decls.at[i]->imported);
    return module;
}

static void declare(struct checker *cx, struct module *module, struct decl *decl)
{
    const struct ast_decl *ast = decl->ast;
    if (ast->kind == AST_IMPORT && ast->imported)
        decl->module = cx->module_of_file[ast->imported->file];
    if (!ast->name || ast->kind == AST_TEST)
        return;
    const struct decl *earlier = map_get(&module->names, (uintptr_t)ast->name);
    if (earlier) {
        struct diag *diag =
            sema_error(cx, AB0202, ast->name_loc, "`%s` is declared twice", ast->name);
        sema_note(cx, diag, earlier->ast->name_loc, "first declared here");
        return;
    }
    map_set(&module->names, (uintptr_t)ast->name, decl);
}

void collect_modules(struct checker *cx)
{
    cx->module_of_file =
        ARENA_ARRAY(cx->arena, struct module *, cx->diags->sources->files.len);
    add_module(cx, cx->file);
    cx->decls = ARENA_ARRAY(cx->arena, struct decl, cx->decl_count);
    struct decl *next = cx->decls;
    for (uint32_t m = 0; m < cx->modules.len; m++) {
        struct module *module = cx->modules.at[m];
        module->decls = next;
        for (uint32_t i = 0; i < module->file->decls.len; i++, next++) {
            next->ast = module->file->decls.at[i];
            map_set(&cx->function_decls, (uintptr_t)next->ast, next);
            declare(cx, module, next);
        }
    }
}

/* ---- qualified names --------------------------------------------------------------------------- */

struct decl *find_module(struct checker *cx, const struct ast_expr *expr)
{
    if (expr->kind != AST_NAME)
        return NULL;
    struct found found = find_name(cx, expr->name, expr->loc);
    return found.kind == FOUND_DECL && found.decl->ast->kind == AST_IMPORT ? found.decl : NULL;
}

static const char *suggest_member(const struct module *module, name word, enum suggest_kind kind)
{
    struct suggestion suggestion = {.wanted = word};
    for (uint32_t i = 0; i < module->file->decls.len; i++) {
        const struct ast_decl *ast = module->file->decls.at[i];
        bool is_member = ast->kind != AST_TEST && ast->kind != AST_IMPORT && ast->name;
        if (is_member && (kind == SUGGEST_NAMES || ast->kind == AST_STRUCT_DECL))
            suggest_candidate(&suggestion, ast->name);
    }
    return suggestion.best;
}

struct decl *find_member(struct checker *cx, struct decl *import, name word, struct loc loc,
                         enum suggest_kind kind)
{
    import->is_used = true;
    if (!import->module)
        return NULL;
    struct decl *member = map_get(&import->module->names, (uintptr_t)word);
    if (member && member->ast->kind != AST_IMPORT) /* what a module imports is its own affair */
        return member;
    struct diag *diag = sema_error(cx, AB0220, loc, "module `%s` has no `%s`", import->ast->name,
                                   word);
    const char *best = diag ? suggest_member(import->module, word, kind) : NULL;
    if (best)
        sema_edit(cx, diag, loc, "did you mean this one?", "%s", best);
    else if (member)
        sema_help(cx, diag, "it imports that for itself; import it here too");
    return NULL;
}

void report_no_module(struct checker *cx, const char *word, struct loc loc)
{
    struct diag *diag = sema_error(cx, AB0203, loc, "`%s` is no module", word);
    struct suggestion suggestion = {.wanted = word};
    const struct ast_file *file = module_at(cx, loc)->file;
    for (uint32_t i = 0; i < file->decls.len; i++)
        if (file->decls.at[i]->kind == AST_IMPORT && file->decls.at[i]->name)
            suggest_candidate(&suggestion, file->decls.at[i]->name);
    if (suggestion.best)
        sema_help(cx, diag, "did you mean `%s`?", suggestion.best);
}

/* Where the name stands in `module.Name`. */
static struct loc name_loc(struct checker *cx, const struct ast_type *type)
{
    struct loc loc = type->loc;
    loc.begin += (uint32_t)strlen(type->module) + 1;
    loc.end = loc.begin + (uint32_t)strlen(type->name);
    return source_begins(cx, loc, type->name) ? loc : type->loc;
}

struct decl *find_imported_type(struct checker *cx, const struct ast_type *type)
{
    struct found found = find_type_name(cx, type->module, type->loc);
    if (found.kind != FOUND_DECL || found.decl->ast->kind != AST_IMPORT) {
        report_no_module(cx, type->module, type->loc);
        return NULL;
    }
    struct loc loc = name_loc(cx, type);
    struct decl *decl = find_member(cx, found.decl, type->name, loc, SUGGEST_TYPES);
    if (!decl || decl->ast->kind == AST_STRUCT_DECL)
        return decl;
    sema_error(cx, AB0203, loc, "`%s` is not a struct", type->name);
    return NULL;
}

void warn_unused_imports(struct checker *cx)
{
    const struct module *module = cx->modules.at[0];
    for (uint32_t i = 0; i < module->file->decls.len; i++) {
        const struct decl *decl = &module->decls[i];
        if (decl->ast->kind == AST_IMPORT && !decl->is_used && decl->module)
            sema_warn(cx, AB1020, decl->ast->loc, "nothing of `%s` is used", decl->ast->name);
    }
}
