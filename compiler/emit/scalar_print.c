/* Statements to text. A variable is declared in the innermost list that holds all its mentions: by
 * its first assignment if that stands in this list itself, else before the statement that mentions
 * it first. */
#include "emit/scalar.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* A list and where it stands. */
struct scope {
    struct stmts *list;
    struct scope *parent;
    uint32_t index, depth; /* of the statement in the parent that holds this list */
};

struct printer {
    struct scalar_func *cx;
    struct scope **scope_of;  /* per variable: the innermost scope of all mentions so far */
    bool *declared;           /* per variable */
    bool *jumped_to;          /* per block: some goto leads there */
    struct text *out;
};

typedef void on_mention(struct printer *p, struct scope *scope, uint32_t index, uint32_t variable,
                        bool is_set);

static void walk(struct printer *p, struct stmts *list, struct scope *parent, uint32_t index,
                 on_mention *mention)
{
    struct scope *scope = ARENA_NEW(p->cx->arena, struct scope);
    *scope = (struct scope){list, parent, index, parent ? parent->depth + 1 : 0};
    for (uint32_t i = 0; i < list->len; i++) {
        struct stmt *stmt = &list->at[i];
        for (uint32_t k = 0; k < stmt->reads.len; k++)
            mention(p, scope, i, stmt->reads.at[k], false);
        for (uint32_t k = 0; k < stmt->writes.len; k++)
            mention(p, scope, i, stmt->writes.at[k], true);
        if (stmt->variable != IR_NONE)
            mention(p, scope, i, stmt->variable, true);
        if (stmt->kind == STMT_GOTO)
            p->jumped_to[stmt->block] = true;
        for (int k = 0; k < 2; k++)
            if (stmt->lists[k].len > 0)
                walk(p, &stmt->lists[k], scope, i, mention);
    }
}

/* ---- what nobody reads ---------------------------------------------------------------------- */

static void count_mention(struct printer *p, struct scope *scope, uint32_t index,
                          uint32_t variable, bool is_set)
{
    (void)scope, (void)index;
    if (is_set)
        p->cx->variables.at[variable].sets++;
    else
        p->cx->variables.at[variable].reads++;
}

static void drop_reads(struct printer *p, const struct stmt *stmt)
{
    for (uint32_t k = 0; k < stmt->reads.len; k++)
        p->cx->variables.at[stmt->reads.at[k]].reads--;
}

/* Does it only write arrays that nobody reads? The caller reads those that are parameters. */
static bool writes_in_vain(const struct printer *p, const struct stmt *stmt)
{
    for (uint32_t k = 0; k < stmt->writes.len; k++) {
        const struct variable *array = &p->cx->variables.at[stmt->writes.at[k]];
        if (array->reads > 0 || array->is_param)
            return false;
    }
    return stmt->writes.len > 0;
}

/* Takes out assignments to variables that are never read; calls stay. */
static bool prune(struct printer *p, struct stmts *list)
{
    bool changed = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->len; i++) {
        struct stmt stmt = list->at[i];
        for (int k = 0; k < 2; k++)
            changed |= prune(p, &stmt.lists[k]);
        if (stmt.kind == STMT_SET && p->cx->variables.at[stmt.variable].reads == 0) {
            changed = true;
            p->cx->variables.at[stmt.variable].sets--;
            stmt.kind = STMT_DO;
            stmt.variable = IR_NONE;
            stmt.text = arena_printf(p->cx->arena, "(void)%s;", stmt.text);
            if (!stmt.is_call) {
                drop_reads(p, &stmt);
                continue;
            }
        }
        if (writes_in_vain(p, &stmt)) {
            changed = true;
            drop_reads(p, &stmt);
            continue;
        }
        list->at[kept++] = stmt;
    }
    list->len = kept;
    return changed;
}

/* ---- declarations --------------------------------------------------------------------------- */

/* Scopes are made anew by each walk: the list tells whether two are the same. */
static struct scope *common_scope(struct scope *a, struct scope *b)
{
    while (a->list != b->list) {
        if (a->depth >= b->depth && a->parent)
            a = a->parent;
        else
            b = b->parent;
    }
    return a;
}

static void note_scope(struct printer *p, struct scope *scope, uint32_t index, uint32_t variable,
                       bool is_set)
{
    (void)index;
    (void)is_set;
    struct scope **common = &p->scope_of[variable];
    *common = *common ? common_scope(*common, scope) : scope;
}

static void declare_at_first(struct printer *p, struct scope *scope, uint32_t index,
                             uint32_t variable, bool is_set)
{
    if (p->declared[variable])
        return;
    p->declared[variable] = true;
    bool here = scope->list == p->scope_of[variable]->list;
    while (scope->list != p->scope_of[variable]->list) {
        index = scope->index;
        scope = scope->parent;
    }
    struct stmt *stmt = &scope->list->at[index];
    if (here && is_set && stmt->kind == STMT_SET)
        stmt->is_declaration = true;
    else
        vec_push(p->cx->arena, &stmt->declares, variable);
}

static void place_declarations(struct printer *p, struct stmts *body)
{
    struct scalar_func *cx = p->cx;
    p->scope_of = ARENA_ARRAY(cx->arena, struct scope *, cx->variables.len + 1);
    p->declared = ARENA_ARRAY(cx->arena, bool, cx->variables.len + 1);
    p->jumped_to = ARENA_ARRAY(cx->arena, bool, cx->ir->blocks.len + 1);
    for (uint32_t i = 0; i < cx->variables.len; i++)
        p->declared[i] = cx->variables.at[i].is_param || cx->variables.at[i].is_table;
    walk(p, body, NULL, 0, count_mention);
    while (prune(p, body))
        continue;
    walk(p, body, NULL, 0, note_scope);
    walk(p, body, NULL, 0, declare_at_first);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void put_stmts(struct printer *p, const struct stmts *list);

static void put_declarations(struct printer *p, const struct stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->declares.len; i++) {
        const struct variable *variable = &p->cx->variables.at[stmt->declares.at[i]];
        text_printf(p->out, "%s %s%s;\n", variable->type, variable->name,
                    variable->dims ? variable->dims : "");
        if (variable->dims && variable->reads == 0)
            text_printf(p->out, "(void)%s;\n", variable->name);
    }
}

static void put_set(struct printer *p, const struct stmt *stmt)
{
    const struct variable *variable = &p->cx->variables.at[stmt->variable];
    const char *line = arena_printf(p->cx->arena, "%s = %s;", variable->name, stmt->text);
    if (stmt->is_declaration)
        line = arena_printf(p->cx->arena, "%s%s %s", variable->sets == 1 ? "const " : "",
                            variable->type, line);
    c_put_line(p->out, line);
}

/* A statement that is one line and declares nothing needs no braces. */
static bool is_simple(const struct stmts *list)
{
    if (list->len != 1 || list->at[0].declares.len > 0)
        return false;
    switch (list->at[0].kind) {
    case STMT_DO:
    case STMT_BREAK:
    case STMT_CONTINUE:
    case STMT_RETURN:
    case STMT_GOTO:
        return true;
    case STMT_SET:
        return !list->at[0].is_declaration;
    case STMT_TEXT:
    case STMT_IF:
    case STMT_LOOP:
    case STMT_LABEL:
        return false;
    }
    return false;
}

static void put_nested(struct printer *p, const struct stmts *list)
{
    p->out->indent++;
    put_stmts(p, list);
    p->out->indent--;
}

static void put_if(struct printer *p, const struct stmt *stmt)
{
    const struct stmts *yes = &stmt->lists[0], *no = &stmt->lists[1];
    bool braces = !is_simple(yes) || (no->len > 0 && !is_simple(no));
    c_put_line(p->out, arena_printf(p->cx->arena, "if (%s)%s", stmt->text,
                                         braces ? " {" : ""));
    put_nested(p, yes);
    if (no->len == 1 && no->at[0].kind == STMT_IF && no->at[0].declares.len == 0) {
        text_put(p->out, braces ? "} else " : "else ");
        put_if(p, &no->at[0]);
        return;
    }
    if (no->len > 0) {
        text_put(p->out, braces ? "} else {\n" : "else\n");
        put_nested(p, no);
    }
    if (braces)
        text_put(p->out, "}\n");
}

static const char *label_name(const struct printer *p, block_id block)
{
    name hint = p->cx->ir->blocks.at[block].hint;
    return arena_printf(p->cx->arena, "%s_%" PRIu32,
                        hint ? c_identifier(p->cx->arena, hint) : "block", block);
}

static void put_stmt(struct printer *p, const struct stmt *stmt)
{
    put_declarations(p, stmt);
    switch (stmt->kind) {
    case STMT_SET:
        put_set(p, stmt);
        break;
    case STMT_DO:
    case STMT_RETURN:
        c_put_line(p->out, stmt->text);
        break;
    case STMT_TEXT:
        c_put_lines(p->cx->arena, p->out, stmt->text);
        break;
    case STMT_IF:
        put_if(p, stmt);
        break;
    case STMT_LOOP:
        text_put(p->out, "for (;;) {\n");
        put_nested(p, &stmt->lists[0]);
        text_put(p->out, "}\n");
        break;
    case STMT_BREAK:
        text_put(p->out, "break;\n");
        break;
    case STMT_CONTINUE:
        text_put(p->out, "continue;\n");
        break;
    case STMT_GOTO:
        text_printf(p->out, "goto %s;\n", label_name(p, stmt->block));
        break;
    case STMT_LABEL:
        if (p->jumped_to[stmt->block])
            text_printf(p->out, "%s:;\n", label_name(p, stmt->block));
        break;
    }
}

static void put_stmts(struct printer *p, const struct stmts *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        put_stmt(p, &list->at[i]);
}

void scalar_print(struct scalar_func *cx, struct stmts *body, struct text *out)
{
    struct printer p = {.cx = cx, .out = out};
    place_declarations(&p, body);
    for (uint32_t i = 0; i < cx->variables.len; i++)
        if (cx->variables.at[i].is_param && !p.scope_of[i])
            text_printf(out, "(void)%s;\n", cx->variables.at[i].name);
    put_stmts(&p, body);
}
