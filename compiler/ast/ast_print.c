/* The tree as source text in one form: one statement a line, blocks on lines of their own except
 * the short ones of an `if` that is a value, parentheses where they were written. What is printed
 * parses to the same tree. Trees are at most 2,000 high (L42), so recursion is bounded. */
#include "ast/ast.h"

#include <string.h>

const char *const ast_op_spelling[AST_OP_COUNT] = {
    [AST_OR] = "or",     [AST_AND] = "and",     [AST_NOT] = "not",      [AST_EQ] = "==",
    [AST_NE] = "!=",     [AST_LT] = "<",        [AST_LE] = "<=",        [AST_GT] = ">",
    [AST_GE] = ">=",     [AST_BIT_OR] = "|",    [AST_BIT_XOR] = "^",    [AST_BIT_AND] = "&",
    [AST_SHL] = "<<",    [AST_SHR] = ">>",      [AST_ADD] = "+",        [AST_SUB] = "-",
    [AST_MUL] = "*",     [AST_DIV] = "/",       [AST_FLOORDIV] = "//",  [AST_MOD] = "%",
    [AST_MATMUL] = "@",  [AST_NEG] = "-",       [AST_POS] = "+",        [AST_BIT_NOT] = "~",
    [AST_POW] = "**",
};

static void put_expr(struct text *out, const struct ast_expr *expr);
static void put_block(struct text *out, const struct ast_block *block);
static void put_type(struct text *out, const struct ast_type *type);

static void put_comma(struct text *out, uint32_t index)
{
    if (index)
        text_put(out, ", ");
}

/* In quotes; what is no plain character as an escape. */
static void put_string(struct text *out, const char *chars)
{
    text_put(out, "\"");
    for (; *chars; chars++) {
        unsigned char c = (unsigned char)*chars;
        if (c == '"' || c == '\\')
            text_printf(out, "\\%c", c);
        else if (c == '\n')
            text_put(out, "\\n");
        else if (c == '\t')
            text_put(out, "\\t");
        else if (c == '\r')
            text_put(out, "\\r");
        else if (c < 32 || c == 127)
            text_printf(out, "\\u{%x}", c);
        else
            text_put_n(out, chars, 1);
    }
    text_put(out, "\"");
}

static void put_doc(struct text *out, const char *doc)
{
    while (doc) {
        const char *end = strchr(doc, '\n');
        size_t len = end ? (size_t)(end - doc) : strlen(doc);
        text_put(out, len ? "## " : "##");
        text_put_n(out, doc, len);
        text_put(out, "\n");
        doc = end ? end + 1 : NULL;
    }
}

/* ---- types and patterns ---------------------------------------------------------------------- */

static void put_annotation(struct text *out, const struct ast_type *type)
{
    if (!type)
        return;
    text_put(out, ": ");
    put_type(out, type);
}

static void put_type_parts(struct text *out, const struct ast_type *type)
{
    text_put(out, "(");
    for (uint32_t i = 0; i < type->parts.len; i++) {
        put_comma(out, i);
        put_type(out, type->parts.at[i]);
    }
    text_put(out, type->kind == AST_TYPE_TUPLE && type->parts.len == 1 ? ",)" : ")");
}

static void put_named_type(struct text *out, const struct ast_type *type)
{
    if (type->module)
        text_printf(out, "%s.", type->module);
    text_put(out, type->name);
    if (!type->has_extents)
        return;
    text_put(out, "[");
    for (uint32_t i = 0; i < type->extents.len; i++) {
        put_comma(out, i);
        put_expr(out, type->extents.at[i]);
    }
    text_put(out, "]");
}

static void put_type(struct text *out, const struct ast_type *type)
{
    switch (type->kind) {
    case AST_TYPE_NAME:
        put_named_type(out, type);
        break;
    case AST_TYPE_TUPLE:
        put_type_parts(out, type);
        break;
    case AST_TYPE_FN:
        text_put(out, "fn");
        put_type_parts(out, type);
        if (type->result) {
            text_put(out, " -> ");
            put_type(out, type->result);
        }
        break;
    }
}

static void put_pat(struct text *out, const struct ast_pat *pat)
{
    if (pat->is_tuple) {
        text_put(out, "(");
        for (uint32_t i = 0; i < pat->parts.len; i++) {
            put_comma(out, i);
            put_pat(out, pat->parts.at[i]);
        }
        text_put(out, pat->parts.len == 1 ? ",)" : ")");
    } else {
        text_put(out, pat->name);
    }
    put_annotation(out, pat->type);
}

/* The pattern of `let` and `var`: a tuple without types needs no parentheses. */
static void put_outer_pat(struct text *out, const struct ast_pat *pat)
{
    bool is_bare = pat->is_tuple && !pat->type && pat->parts.len > 1;
    for (uint32_t i = 0; i < pat->parts.len; i++)
        is_bare &= !pat->parts.at[i]->type;
    if (!is_bare) {
        put_pat(out, pat);
        return;
    }
    for (uint32_t i = 0; i < pat->parts.len; i++) {
        put_comma(out, i);
        put_pat(out, pat->parts.at[i]);
    }
}

static void put_param(struct text *out, const struct ast_param *param)
{
    if (param->mode != AST_PARAM_VALUE)
        text_put(out, param->mode == AST_PARAM_INOUT ? "inout " : "shared ");
    text_put(out, param->name);
    put_annotation(out, param->type);
    if (param->initial) {
        text_put(out, " = ");
        put_expr(out, param->initial);
    }
}

/* ---- expressions ----------------------------------------------------------------------------- */

/* A value, with the name in front that arguments and fields may have. */
static void put_arg(struct text *out, const struct ast_arg *arg, const char *behind_name)
{
    if (arg->name)
        text_printf(out, "%s%s", arg->name, behind_name);
    put_expr(out, arg->expr);
}

static void put_args(struct text *out, const struct ast_arg *args, uint32_t count,
                     const char *behind_name)
{
    for (uint32_t i = 0; i < count; i++) {
        put_comma(out, i);
        put_arg(out, &args[i], behind_name);
    }
}

static void put_unary(struct text *out, const struct ast_expr *expr)
{
    const struct ast_expr *operand = expr->left;
    bool repeats =
        operand->kind == AST_UNARY && operand->op == expr->op && !operand->in_parentheses;
    text_put(out, ast_op_spelling[expr->op]);
    if (expr->op == AST_NOT || repeats) /* two signs in a row would be another token */
        text_put(out, " ");
    put_expr(out, operand);
}

static void put_binary(struct text *out, const struct ast_expr *expr)
{
    put_expr(out, expr->left);
    text_printf(out, " %s ", ast_op_spelling[expr->op]);
    put_expr(out, expr->right);
}

static void put_index(struct text *out, const struct ast_index *index)
{
    switch (index->kind) {
    case AST_INDEX_EXPR:
        put_expr(out, index->expr);
        break;
    case AST_INDEX_SLICE:
        if (index->expr)
            put_expr(out, index->expr);
        text_put(out, ":");
        if (index->stop)
            put_expr(out, index->stop);
        if (index->step) {
            text_put(out, ":");
            put_expr(out, index->step);
        }
        break;
    case AST_INDEX_ELLIPSIS:
        text_put(out, "...");
        break;
    case AST_INDEX_NONE:
        text_put(out, "none");
        break;
    }
}

static void put_indexed(struct text *out, const struct ast_expr *expr)
{
    put_expr(out, expr->left);
    text_put(out, "[");
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        put_comma(out, i);
        put_index(out, &expr->indexes.at[i]);
    }
    text_put(out, "]");
}

static void put_tuple(struct text *out, const struct ast_expr *expr)
{
    put_args(out, expr->args.at, expr->args.len, "=");
    if (expr->args.len == 1)
        text_put(out, ",");
}

static void put_stmt(struct text *out, const struct ast_stmt *stmt);

static bool is_short(const struct ast_block *block)
{
    if (block->stmts.len != 1 || block->stmts.at[0]->attrs.len)
        return block->stmts.len == 0;
    switch (block->stmts.at[0]->kind) {
    case AST_EXPR: case AST_BREAK: case AST_CONTINUE: case AST_RETURN:
        return true;
    case AST_LET: case AST_VAR: case AST_ASSIGN: case AST_ASSIGN_OP: case AST_WHILE: case AST_FOR:
    case AST_FAULT: case AST_ASSERT: case AST_ASSERT_CLOSE: case AST_ASSERT_FAULTS: case AST_SHOW:
        return false;
    }
    return false;
}

static void put_short_block(struct text *out, const struct ast_block *block)
{
    text_put(out, "{ ");
    if (block->stmts.len) {
        const struct ast_stmt *stmt = block->stmts.at[0];
        if (stmt->kind == AST_EXPR)
            put_expr(out, stmt->expr); /* an `if` here is a value, too */
        else
            put_stmt(out, stmt);
        text_put(out, " ");
    }
    text_put(out, "}");
}

static void put_if(struct text *out, const struct ast_expr *expr, bool is_value)
{
    for (uint32_t i = 0; i < expr->arms.len; i++)
        is_value &= is_short(expr->arms.at[i].block);
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        const struct ast_arm *arm = &expr->arms.at[i];
        text_put(out, i ? " else " : "");
        if (arm->condition) {
            text_put(out, "if ");
            put_expr(out, arm->condition);
            text_put(out, " ");
        }
        if (is_value)
            put_short_block(out, arm->block);
        else
            put_block(out, arm->block);
    }
}

static void put_lambda(struct text *out, const struct ast_expr *expr)
{
    text_put(out, "|");
    for (uint32_t i = 0; i < expr->params.len; i++) {
        put_comma(out, i);
        put_param(out, &expr->params.at[i]);
    }
    text_put(out, "| ");
    if (expr->left)
        put_expr(out, expr->left);
    else if (is_short(expr->block))
        put_short_block(out, expr->block);
    else
        put_block(out, expr->block);
}

static void put_bare(struct text *out, const struct ast_expr *expr)
{
    switch (expr->kind) {
    case AST_NAME: text_put(out, expr->name); break;
    case AST_INT: case AST_FLOAT: text_put(out, expr->text); break;
    case AST_IMAG: text_printf(out, "%sj", expr->text); break;
    case AST_BOOL: text_put(out, expr->truth ? "true" : "false"); break;
    case AST_UNARY: put_unary(out, expr); break;
    case AST_BINARY: put_binary(out, expr); break;
    case AST_CALL:
        put_expr(out, expr->left);
        text_put(out, "(");
        put_args(out, expr->args.at, expr->args.len, "=");
        text_put(out, ")");
        break;
    case AST_INDEX: put_indexed(out, expr); break;
    case AST_FIELD:
        put_expr(out, expr->left);
        text_printf(out, ".%s", expr->name);
        break;
    case AST_TUPLE_FIELD:
        put_expr(out, expr->left);
        text_printf(out, ".%u", expr->number);
        break;
    case AST_STRUCT:
        put_expr(out, expr->left);
        text_put(out, " { ");
        put_args(out, expr->args.at, expr->args.len, ": ");
        text_put(out, " }");
        break;
    case AST_TUPLE: put_tuple(out, expr); break;
    case AST_LIST:
        text_put(out, "[");
        put_args(out, expr->args.at, expr->args.len, "=");
        text_put(out, "]");
        break;
    case AST_IF: put_if(out, expr, true); break;
    case AST_LAMBDA: put_lambda(out, expr); break;
    }
}

static void put_expr(struct text *out, const struct ast_expr *expr)
{
    text_put(out, expr->in_parentheses ? "(" : "");
    put_bare(out, expr);
    text_put(out, expr->in_parentheses ? ")" : "");
}

/* ---- statements ------------------------------------------------------------------------------ */

static void put_attr(struct text *out, const struct ast_attr *attr)
{
    text_printf(out, "@%s", attr->name);
    if (!attr->has_args)
        return;
    text_put(out, "(");
    put_args(out, attr->args.at, attr->args.len, "=");
    text_put(out, ")");
}

static void put_word_expr(struct text *out, const char *word, const struct ast_expr *expr)
{
    if (!expr)
        return;
    text_put(out, word);
    put_expr(out, expr);
}

static void put_message(struct text *out, const struct ast_stmt *stmt)
{
    if (!stmt->message)
        return;
    text_put(out, ", ");
    put_string(out, stmt->message);
}

static void put_for(struct text *out, const struct ast_stmt *stmt)
{
    text_printf(out, "for %s in ", stmt->variable);
    put_expr(out, stmt->expr);
    put_word_expr(out, "..", stmt->stop);
    put_word_expr(out, " step ", stmt->step);
    text_put(out, " ");
    put_block(out, stmt->block);
}

static void put_assert_close(struct text *out, const struct ast_stmt *stmt)
{
    put_word_expr(out, "assert ", stmt->expr);
    put_word_expr(out, " ~= ", stmt->right);
    text_put(out, " within");
    put_word_expr(out, " rel ", stmt->rel);
    put_word_expr(out, " abs ", stmt->abs);
    put_message(out, stmt);
}

static void put_stmt(struct text *out, const struct ast_stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->attrs.len; i++) {
        put_attr(out, &stmt->attrs.at[i]);
        text_put(out, " ");
    }
    switch (stmt->kind) {
    case AST_LET: case AST_VAR:
        text_put(out, stmt->kind == AST_LET ? "let " : "var ");
        put_outer_pat(out, stmt->pat);
        put_word_expr(out, " = ", stmt->expr);
        break;
    case AST_EXPR:
        if (stmt->expr->kind == AST_IF && !stmt->expr->in_parentheses)
            put_if(out, stmt->expr, false);
        else
            put_expr(out, stmt->expr);
        break;
    case AST_ASSIGN:
        put_expr(out, stmt->target);
        put_word_expr(out, " = ", stmt->expr);
        break;
    case AST_ASSIGN_OP:
        put_expr(out, stmt->target);
        text_printf(out, " %s= ", ast_op_spelling[stmt->op]);
        put_expr(out, stmt->expr);
        break;
    case AST_WHILE:
        put_word_expr(out, "while ", stmt->expr);
        text_put(out, " ");
        put_block(out, stmt->block);
        break;
    case AST_FOR: put_for(out, stmt); break;
    case AST_BREAK: text_put(out, "break"); break;
    case AST_CONTINUE: text_put(out, "continue"); break;
    case AST_RETURN:
        text_put(out, "return");
        put_word_expr(out, " ", stmt->expr);
        break;
    case AST_FAULT:
        text_put(out, "fault ");
        put_string(out, stmt->message);
        break;
    case AST_ASSERT:
        put_word_expr(out, "assert ", stmt->expr);
        put_message(out, stmt);
        break;
    case AST_ASSERT_CLOSE: put_assert_close(out, stmt); break;
    case AST_ASSERT_FAULTS:
        put_word_expr(out, "assert ", stmt->expr);
        text_printf(out, " faults %s", stmt->fault_kind);
        break;
    case AST_SHOW:
        put_word_expr(out, "show ", stmt->expr);
        put_message(out, stmt);
        break;
    }
}

static void put_block(struct text *out, const struct ast_block *block)
{
    text_put(out, "{\n");
    out->indent++;
    for (uint32_t i = 0; i < block->stmts.len; i++) {
        put_stmt(out, block->stmts.at[i]);
        text_put(out, "\n");
    }
    out->indent--;
    text_put(out, "}");
}

/* ---- declarations ---------------------------------------------------------------------------- */

static void put_field(struct text *out, const struct ast_field *field)
{
    text_put(out, field->name);
    put_annotation(out, field->type);
}

/* A few fields without docs stand in one line. */
static void put_struct(struct text *out, const struct ast_decl *decl)
{
    bool is_tall = decl->fields.len > 5;
    for (uint32_t i = 0; i < decl->fields.len; i++)
        is_tall |= decl->fields.at[i].doc != NULL;
    text_printf(out, "struct %s {%s", decl->name, is_tall ? "\n" : " ");
    out->indent += is_tall;
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        if (is_tall)
            put_doc(out, decl->fields.at[i].doc);
        else
            put_comma(out, i);
        put_field(out, &decl->fields.at[i]);
        text_put(out, is_tall ? "\n" : "");
    }
    out->indent -= is_tall;
    text_put(out, is_tall ? "}" : " }");
}

static void put_signature(struct text *out, const struct ast_decl *decl)
{
    text_printf(out, "fn %s", decl->name);
    for (uint32_t i = 0; i < decl->sizes.len; i++)
        text_printf(out, "%s%s", i ? ", " : "[", decl->sizes.at[i].name);
    text_put(out, decl->sizes.len ? "](" : "(");
    for (uint32_t i = 0; i < decl->params.len; i++) {
        put_comma(out, i);
        put_param(out, &decl->params.at[i]);
    }
    text_put(out, ")");
    if (decl->type) {
        text_put(out, " -> ");
        put_type(out, decl->type);
    }
}

/* "as" is left out where the name is the stem of the path. */
static bool is_stem(const char *path, const char *stem)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t len = strlen(stem);
    return !strncmp(file, stem, len) && (!file[len] || !strcmp(file + len, ".ab"));
}

static void put_import(struct text *out, const struct ast_decl *decl)
{
    text_put(out, "import ");
    if (!decl->path) {
        text_put(out, decl->name);
        return;
    }
    put_string(out, decl->path);
    if (decl->name && !is_stem(decl->path, decl->name))
        text_printf(out, " as %s", decl->name);
}

static void put_decl(struct text *out, const struct ast_decl *decl)
{
    put_doc(out, decl->doc);
    for (uint32_t i = 0; i < decl->attrs.len; i++) {
        put_attr(out, &decl->attrs.at[i]);
        text_put(out, "\n");
    }
    switch (decl->kind) {
    case AST_IMPORT: put_import(out, decl); break;
    case AST_CONST:
        text_printf(out, "const %s", decl->name);
        put_annotation(out, decl->type);
        put_word_expr(out, " = ", decl->expr);
        break;
    case AST_STRUCT_DECL: put_struct(out, decl); break;
    case AST_FN:
        text_put(out, decl->exported ? "export " : "");
        put_signature(out, decl);
        text_put(out, " ");
        put_block(out, decl->block);
        break;
    case AST_EXTERN:
        text_printf(out, "extern %s", decl->batched ? "batched " : "");
        put_signature(out, decl);
        break;
    case AST_TEST:
        text_put(out, "test ");
        put_string(out, decl->path);
        text_put(out, " ");
        put_block(out, decl->block);
        break;
    }
    text_put(out, "\n");
}

/* Imports, and constants, that follow each other stand together. */
static bool stand_together(const struct ast_decl *first, const struct ast_decl *second)
{
    bool is_line = first->kind == AST_IMPORT || first->kind == AST_CONST;
    return is_line && first->kind == second->kind && !second->doc && !second->attrs.len;
}

void ast_print(const struct ast_file *file, struct text *out)
{
    put_doc(out, file->doc);
    for (uint32_t i = 0; i < file->decls.len; i++) {
        const struct ast_decl *decl = file->decls.at[i];
        bool is_apart = i ? !stand_together(file->decls.at[i - 1], decl) : file->doc != NULL;
        text_put(out, is_apart ? "\n" : "");
        put_decl(out, decl);
    }
}
