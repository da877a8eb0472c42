/* Lists, types, patterns and declarations. */
#include "grammar/tree.h"

#include <string.h>

#define NEW(type) ARENA_NEW(p->reading->arena, type)

/* A list made elsewhere, as the list of a node: both point to the same elements. */
#define GIVE(into, from)                                                                           \
    do {                                                                                           \
        (into)->at = (from)->at;                                                                   \
        (into)->len = (from)->len;                                                                 \
        (into)->cap = (from)->cap;                                                                 \
    } while (0)

#define APPEND(lists, element)                                                                     \
    do {                                                                                           \
        if (!(lists))                                                                              \
            (lists) = arena_alloc(p->reading->arena, sizeof *(lists));                             \
        vec_push(p->reading->arena, &(lists)->list, element);                                      \
    } while (0)

/* ---- lists ----------------------------------------------------------------------------------- */

struct arg_list *tree_args(struct parser *p, struct arg_list *args, struct ast_arg arg)
{
    if (args && !arg.name && vec_last(&args->list).name && arg.expr->height <= HEIGHT_LIMIT)
        diag_report(p->reading->diags, AB0127, arg.loc,
                    "an argument without a name stands behind one with a name");
    APPEND(args, arg);
    return args;
}

struct arg_list *tree_exprs(struct parser *p, struct arg_list *args, struct ast_expr *expr)
{
    APPEND(args, ((struct ast_arg){.loc = expr->loc, .expr = expr}));
    return args;
}

struct index_list *tree_indexes(struct parser *p, struct index_list *indexes,
                                struct ast_index index)
{
    APPEND(indexes, index);
    return indexes;
}

struct arm_list *tree_arms(struct parser *p, struct arm_list *arms, struct loc loc,
                           struct ast_expr *condition, struct ast_block *block)
{
    APPEND(arms, ((struct ast_arm){loc, condition, block}));
    return arms;
}

struct arm_list *tree_else(struct parser *p, struct arm_list *arms, struct loc loc,
                           struct ast_block *block)
{
    return tree_arms(p, arms, loc, NULL, block);
}

struct ast_index tree_index_word(enum ast_index_kind kind, struct loc loc)
{
    return (struct ast_index){.kind = kind, .loc = loc};
}

struct param_list *tree_params(struct parser *p, struct param_list *params, struct ast_param param)
{
    APPEND(params, param);
    return params;
}

struct type_list *tree_types(struct parser *p, struct type_list *types, struct ast_type *type)
{
    APPEND(types, type);
    return types;
}

struct type_list *tree_types_comma(struct type_list *types)
{
    types->has_comma = true;
    return types;
}

struct pat_list *tree_pats(struct parser *p, struct pat_list *pats, struct ast_pat *pat)
{
    APPEND(pats, pat);
    return pats;
}

struct stmt_list *tree_stmts(struct parser *p, struct stmt_list *stmts, struct ast_stmt *stmt)
{
    if (stmt)
        APPEND(stmts, stmt);
    return stmts;
}

struct field_list *tree_fields(struct parser *p, struct field_list *fields, struct ast_field field)
{
    if (field.name)
        APPEND(fields, field);
    return fields;
}

struct attr_list *tree_attr(struct parser *p, struct attr_list *attrs, struct loc loc, name id,
                            bool has_args, struct arg_list *args)
{
    struct ast_attr attr = {.loc = loc, .name = id, .has_args = has_args};
    if (args)
        GIVE(&attr.args, &args->list);
    APPEND(attrs, attr);
    return attrs;
}

/* ---- types and patterns ---------------------------------------------------------------------- */

void tree_report_height(struct parser *p, struct loc loc)
{
    struct diag *diag =
        diag_report(p->reading->diags, AB0111, loc, "nested more than %d deep", HEIGHT_LIMIT);
    diag_help(p->reading->diags, diag, "name parts of it by `let`, or sum in a loop");
}

static uint32_t higher(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Sets the height; a type that is too high becomes a leaf, which makes no second report above. */
static struct ast_type *limited(struct parser *p, struct ast_type *type, uint32_t below)
{
    type->height = below + 1;
    if (type->height <= HEIGHT_LIMIT)
        return type;
    if (type->height == HEIGHT_LIMIT + 1)
        tree_report_height(p, (struct loc){type->loc.file, type->loc.begin, type->loc.begin + 1});
    struct ast_type *leaf = NEW(struct ast_type);
    leaf->kind = AST_TYPE_TUPLE;
    leaf->loc = type->loc;
    leaf->height = HEIGHT_LIMIT + 1;
    return leaf;
}

struct ast_type *tree_type_name(struct parser *p, struct loc loc, name module, name id,
                                struct arg_list *extents)
{
    struct ast_type *type = NEW(struct ast_type);
    uint32_t below = 0;
    type->kind = AST_TYPE_NAME;
    type->loc = loc;
    type->module = module;
    type->name = id;
    type->has_extents = extents != NULL;
    for (uint32_t i = 0; extents && i < extents->list.len; i++) {
        struct ast_expr *extent = extents->list.at[i].expr;
        vec_push(p->reading->arena, &type->extents, extent);
        below = higher(below, extent->height);
    }
    return limited(p, type, below);
}

static uint32_t give_types(struct ast_type *type, struct type_list *parts)
{
    uint32_t below = 0;
    if (!parts)
        return 0;
    GIVE(&type->parts, &parts->list);
    for (uint32_t i = 0; i < parts->list.len; i++)
        below = higher(below, parts->list.at[i]->height);
    return below;
}

struct ast_type *tree_type_tuple(struct parser *p, struct loc loc, struct type_list *parts)
{
    if (parts && parts->list.len == 1 && !parts->has_comma)
        return parts->list.at[0];
    struct ast_type *type = NEW(struct ast_type);
    type->kind = AST_TYPE_TUPLE;
    type->loc = loc;
    return limited(p, type, give_types(type, parts));
}

struct ast_type *tree_type_fn(struct parser *p, struct loc loc, struct type_list *params,
                              struct ast_type *result)
{
    struct ast_type *type = NEW(struct ast_type);
    type->kind = AST_TYPE_FN;
    type->loc = loc;
    type->result = result;
    return limited(p, type, higher(give_types(type, params), result ? result->height : 0));
}

struct ast_pat *tree_pat(struct parser *p, struct loc loc, name id)
{
    struct ast_pat *pat = NEW(struct ast_pat);
    pat->loc = loc;
    pat->name = id;
    return pat;
}

struct ast_pat *tree_pat_tuple(struct parser *p, struct loc loc, struct pat_list *parts)
{
    struct ast_pat *pat = tree_pat(p, loc, NULL);
    pat->is_tuple = true;
    GIVE(&pat->parts, &parts->list);
    return pat;
}

struct ast_pat *tree_pat_group(struct parser *p, struct loc loc, struct pat_list *parts,
                               bool has_comma)
{
    if (parts->list.len == 1 && !has_comma)
        return parts->list.at[0];
    return tree_pat_tuple(p, loc, parts);
}

struct ast_pat *tree_pat_typed(struct parser *p, struct ast_pat *pat, struct ast_type *type)
{
    if (!type)
        return pat;
    if (pat->type)
        diag_report(p->reading->diags, AB0131, type->loc, "a type is given twice");
    pat->type = type;
    pat->loc = loc_join(pat->loc, type->loc);
    return pat;
}

/* ---- declarations ---------------------------------------------------------------------------- */

static struct ast_decl *new_decl(struct parser *p, enum ast_decl_kind kind, struct loc loc, name id,
                                 struct loc name_loc)
{
    struct ast_decl *decl = NEW(struct ast_decl);
    decl->kind = kind;
    decl->loc = loc;
    decl->name = id;
    decl->name_loc = name_loc;
    return decl;
}

void tree_add_decl(struct parser *p, struct attr_list *attrs, struct ast_decl *decl)
{
    if (!decl)
        return; /* its mistakes are reported */
    if (attrs)
        GIVE(&decl->attrs, &attrs->list);
    decl->doc = docs_above(p, attrs ? attrs->list.at[0].loc.begin : decl->loc.begin);
    vec_push(p->reading->arena, &p->file->decls, decl);
}

struct ast_decl *tree_import(struct parser *p, struct loc loc, name id, struct loc name_loc)
{
    return new_decl(p, AST_IMPORT, loc, id, name_loc);
}

/* "dir/a.ab" is known as a; NULL if its stem is no name. */
static name stem_of(struct parser *p, const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    const char *slash = strrchr(path, '/'), *stem = slash ? slash + 1 : path;
    size_t len = strlen(stem);
    if (len > 3 && !strcmp(stem + len - 3, ".ab"))
        len -= 3;
    if (!len || (stem[0] >= '0' && stem[0] <= '9') || strspn(stem, letters) < len)
        return NULL;
    return name_of(p->reading->names, stem, len);
}

struct ast_decl *tree_import_path(struct parser *p, struct loc loc, const char *path,
                                  struct loc path_loc, name id, struct loc name_loc)
{
    struct ast_decl *decl = new_decl(p, AST_IMPORT, loc, id ? id : stem_of(p, path), name_loc);
    decl->path = path;
    if (!decl->name) {
        struct diag *diag =
            diag_report(p->reading->diags, AB0129, path_loc,
                        "this file's name is no name of the language; `as` gives it one");
        diag_edit(p->reading->diags, diag, (struct loc){path_loc.file, path_loc.end, path_loc.end},
                  "write, for example", " as other");
    }
    return decl;
}

struct ast_decl *tree_const(struct parser *p, struct loc loc, name id, struct loc name_loc,
                            struct ast_type *type, struct ast_expr *expr)
{
    struct ast_decl *decl = new_decl(p, AST_CONST, loc, id, name_loc);
    decl->type = type;
    decl->expr = expr;
    return decl;
}

struct ast_decl *tree_struct(struct parser *p, struct loc loc, name id, struct loc name_loc,
                             struct field_list *fields)
{
    struct ast_decl *decl = new_decl(p, AST_STRUCT_DECL, loc, id, name_loc);
    if (fields)
        GIVE(&decl->fields, &fields->list);
    return decl;
}

struct ast_field tree_field(struct parser *p, struct loc loc, name id, struct ast_type *type)
{
    return (struct ast_field){loc, id, type, docs_above(p, loc.begin)};
}

struct ast_field tree_no_field(void)
{
    return (struct ast_field){.name = NULL};
}

struct ast_param tree_param(struct loc loc, enum ast_param_mode mode, name id,
                            struct ast_type *type, struct ast_expr *initial)
{
    return (struct ast_param){loc, mode, id, type, initial};
}

struct ast_decl *tree_sig(struct parser *p, name id, struct loc name_loc, struct pat_list *sizes,
                          struct param_list *params, struct ast_type *result)
{
    struct ast_decl *decl = new_decl(p, AST_FN, name_loc, id, name_loc);
    for (uint32_t i = 0; sizes && i < sizes->list.len; i++)
        vec_push(p->reading->arena, &decl->sizes, *sizes->list.at[i]);
    if (params)
        GIVE(&decl->params, &params->list);
    decl->type = result;
    return decl;
}

struct ast_decl *tree_fn(struct loc loc, bool exported, struct ast_decl *sig,
                         struct ast_block *block)
{
    sig->loc = loc;
    sig->exported = exported;
    sig->block = block;
    return sig;
}

struct ast_decl *tree_extern(struct loc loc, bool batched, struct ast_decl *sig)
{
    sig->kind = AST_EXTERN;
    sig->loc = loc;
    sig->batched = batched;
    return sig;
}

struct ast_decl *tree_test(struct parser *p, struct loc loc, const char *title,
                           struct loc title_loc, struct ast_block *block)
{
    struct ast_decl *decl = new_decl(p, AST_TEST, loc, NULL, title_loc);
    decl->path = title;
    decl->block = block;
    return decl;
}
