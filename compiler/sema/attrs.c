/* Attributes: which there are, where they may stand, what they say (language section 8). */
#include "sema/check.h"

#include <string.h>

enum attr_place { ON_FN = 1, ON_EXPORT = 2, ON_TEST = 4, ON_STMT = 8, ON_EXTERN = 16 };

static const struct attr_info {
    const char *name;
    int places;          /* enum attr_place */
    bool has_number;
    const char *where;   /* in words */
} attr_infos[] = {
    {"budget", ON_EXPORT | ON_TEST, true, "an exported function or a test"},
    {"inline", ON_FN | ON_EXPORT, false, "a function"},
    {"max_depth", ON_FN | ON_EXPORT | ON_TEST, true, "a function or a test"},
    {"noinline", ON_FN | ON_EXPORT, false, "a function"},
    {"pure", ON_EXTERN, false, "an extern function"},
    {"sync", ON_FN | ON_EXPORT | ON_STMT, false, "a function or a statement"},
};
enum { ATTR_COUNT = sizeof attr_infos / sizeof *attr_infos };

static const struct attr_info *find_attr(struct checker *cx, const struct ast_attr *attr)
{
    struct suggestion suggestion = {.wanted = attr->name};
    for (uint32_t i = 0; i < ATTR_COUNT; i++) {
        if (!strcmp(attr->name, attr_infos[i].name))
            return &attr_infos[i];
        suggest_candidate(&suggestion, attr_infos[i].name);
    }
    struct diag *diag =
        sema_error(cx, AB0207, attr->loc, "there is no attribute `@%s`", attr->name);
    struct loc name_loc = {attr->loc.file, attr->loc.begin,
                           attr->loc.begin + 1 + (uint32_t)strlen(attr->name)};
    if (suggestion.best)
        sema_edit(cx, diag, name_loc, "did you mean this one?", "@%s", suggestion.best);
    return NULL;
}

static bool is_repeated(struct checker *cx, const struct ast_attr *attrs, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (attrs[i].name == attrs[index].name) {
            struct diag *diag = sema_error(cx, AB0208, attrs[index].loc,
                                           "`@%s` is given twice", attrs[index].name);
            sema_note(cx, diag, attrs[i].loc, "the first one");
            return true;
        }
    return false;
}

/* The attribute, if it may stand there and has the arguments it takes. */
static const struct attr_info *usable_attr(struct checker *cx, const struct ast_attr *attrs,
                                           uint32_t index, enum attr_place place)
{
    const struct ast_attr *attr = &attrs[index];
    const struct attr_info *info = find_attr(cx, attr);
    if (!info || is_repeated(cx, attrs, index))
        return NULL;
    if (!(info->places & place)) {
        sema_error(cx, AB0208, attr->loc, "`@%s` stands before %s only", info->name, info->where);
        return NULL;
    }
    bool one_argument = attr->args.len == 1 && !attr->args.at[0].name;
    if (info->has_number ? !one_argument : attr->has_args) {
        sema_error(cx, AB0208, attr->loc,
                   info->has_number ? "`@%s` takes one number: `@%s(100)`"
                                    : "`@%s` takes no arguments%s",
                   info->name, info->has_number ? info->name : "");
        return NULL;
    }
    return info;
}

/* The number of an attribute, from 1 to `most`; 0 after an error. */
static uint64_t attr_number(struct checker *cx, const struct ast_attr *attr, uint64_t most)
{
    struct operand value = check_constant_expr(cx, attr->args.at[0].expr);
    if (ty_is_unsure(value.ty))
        return 0;
    const struct constant *constant = value.constant;
    if (constant && constant->kind == CONSTANT_INT && constant->integer >= 1
        && constant->integer <= (int128)most)
        return (uint64_t)constant->integer;
    sema_error(cx, AB0208, value.loc, "`@%s` takes an integer from 1 to %llu", attr->name,
               (unsigned long long)most);
    return 0;
}

static enum attr_place place_of(const struct ast_decl *ast)
{
    switch (ast->kind) {
    case AST_FN:
        return ast->exported ? ON_EXPORT : ON_FN;
    case AST_TEST:
        return ON_TEST;
    case AST_EXTERN:
        return ON_EXTERN;
    case AST_IMPORT:
    case AST_CONST:
    case AST_STRUCT_DECL:
        break;
    }
    return (enum attr_place)0;
}

static void set_inline(struct checker *cx, struct signature *sig, const struct ast_attr *attr,
                       enum inline_attr wish)
{
    if (sig->inline_attr != ATTR_INLINE_NONE)
        sema_error(cx, AB0208, attr->loc, "`@inline` and `@noinline` contradict each other");
    sig->inline_attr = wish;
}

void check_decl_attrs(struct checker *cx, struct decl *decl)
{
    struct signature *sig = &decl->sig;
    for (uint32_t i = 0; i < decl->ast->attrs.len; i++) {
        const struct ast_attr *attr = &decl->ast->attrs.at[i];
        const struct attr_info *info =
            usable_attr(cx, decl->ast->attrs.at, i, place_of(decl->ast));
        if (!info)
            continue;
        if (!strcmp(info->name, "max_depth"))
            sig->max_depth = (uint32_t)attr_number(cx, attr, UINT32_MAX);
        else if (!strcmp(info->name, "budget"))
            sig->budget = attr_number(cx, attr, UINT64_MAX);
        else if (!strcmp(info->name, "inline"))
            set_inline(cx, sig, attr, ATTR_INLINE);
        else if (!strcmp(info->name, "noinline"))
            set_inline(cx, sig, attr, ATTR_NOINLINE);
        else if (!strcmp(info->name, "sync"))
            sig->is_sync = true;
    }
}

bool check_stmt_attrs(struct checker *cx, const struct ast_stmt *stmt)
{
    bool is_sync = false;
    for (uint32_t i = 0; i < stmt->attrs.len; i++) /* @sync is the only one */
        is_sync |= usable_attr(cx, stmt->attrs.at, i, ON_STMT) != NULL;
    return is_sync;
}
