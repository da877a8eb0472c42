/* What the printed tree does not show: how expressions group, and where their parts stand. */
#include "grammar/syntax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct parsed {
    struct arena *arena;
    struct sources sources;
    struct diags diags;
    struct ast_file *file;
    uint32_t source;
};

static struct parsed *parse(const char *text)
{
    struct arena *arena = arena_new();
    struct parsed *parsed = ARENA_NEW(arena, struct parsed);
    parsed->arena = arena;
    sources_init(&parsed->sources, arena);
    diags_init(&parsed->diags, arena, &parsed->sources);
    const char *chars = arena_strdup(arena, text);
    parsed->source = sources_add(&parsed->sources, "test.ab", chars, (uint32_t)strlen(chars));
    parsed->file = parse_file(arena, names_new(arena), &parsed->diags, parsed->source);
    return parsed;
}

static const struct ast_stmt *first_stmt(const struct parsed *parsed)
{
    return parsed->file->decls.at[0]->block->stmts.at[0];
}

static void assert_text(const struct parsed *parsed, struct loc loc, const char *text)
{
    const char *chars = parsed->sources.files.at[parsed->source].chars;
    assert_int_equal(loc.file, parsed->source);
    assert_string_equal(arena_strndup(parsed->arena, chars + loc.begin, loc.end - loc.begin), text);
}

/* ---- grouping -------------------------------------------------------------------------------- */

/* Every operator with its operands in brackets. */
static void put_grouped(struct text *out, const struct ast_expr *expr)
{
    if (expr->kind == AST_NAME) {
        text_put(out, expr->name);
        return;
    }
    text_put(out, "[");
    if (expr->kind == AST_UNARY)
        text_printf(out, "%s", ast_op_spelling[expr->op]);
    put_grouped(out, expr->left);
    if (expr->kind == AST_BINARY) {
        text_printf(out, " %s ", ast_op_spelling[expr->op]);
        put_grouped(out, expr->right);
    }
    text_put(out, expr->kind == AST_FIELD ? ".]" : expr->kind == AST_LAMBDA ? "|]" : "]");
}

static void assert_groups(const char *expr, const char *grouped)
{
    struct text source = {0}, out = {0};
    text_printf(&source, "fn f() { return %s\n}\n", expr);
    struct parsed *parsed = parse(source.chars);
    assert_int_equal(parsed->diags.errors, 0);
    put_grouped(&out, first_stmt(parsed)->expr);
    assert_string_equal(out.chars, grouped);
    text_free(&source);
    text_free(&out);
    arena_free(parsed->arena);
}

static void test_each_level_binds_tighter(void **state)
{
    static const char *const levels[] = {"or", "and", "==", "|", "^", "&", "<<", "+", "*", "**"};
    char expr[80], grouped[80];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof levels / sizeof levels[0]; i++) {
        snprintf(expr, sizeof expr, "a %s b %s c", levels[i], levels[i + 1]);
        snprintf(grouped, sizeof grouped, "[a %s [b %s c]]", levels[i], levels[i + 1]);
        assert_groups(expr, grouped);
        snprintf(expr, sizeof expr, "a %s b %s c", levels[i + 1], levels[i]);
        snprintf(grouped, sizeof grouped, "[[a %s b] %s c]", levels[i + 1], levels[i]);
        assert_groups(expr, grouped);
    }
}

static void test_operators_of_one_level(void **state)
{
    static const char *const pairs[][2] = {{"+", "-"}, {"*", "/"}, {"//", "%"}, {"@", "*"},
                                           {"<<", ">>"}, {"or", "or"}, {"|", "|"}};
    char expr[80], grouped[80];
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        snprintf(expr, sizeof expr, "a %s b %s c", pairs[i][0], pairs[i][1]);
        snprintf(grouped, sizeof grouped, "[[a %s b] %s c]", pairs[i][0], pairs[i][1]);
        assert_groups(expr, grouped);
    }
    assert_groups("a ** b ** c", "[a ** [b ** c]]");
}

static void test_signs_and_not(void **state)
{
    (void)state;
    assert_groups("-a ** b", "[-[a ** b]]");
    assert_groups("a ** -b ** c", "[a ** [-[b ** c]]]");
    assert_groups("-a * b", "[[-a] * b]");
    assert_groups("~a & b", "[[~a] & b]");
    assert_groups("-a.x", "[-[a.]]");
    assert_groups("not a == b", "[not[a == b]]");
    assert_groups("not a and b", "[[nota] and b]");
}

static void test_lambda_extends_right(void **state)
{
    (void)state;
    assert_groups("|x| a or b", "[[a or b]|]");
    assert_groups("|x| |y| a", "[[a|]|]");
    assert_groups("a | b", "[a | b]");
}

/* ---- places ---------------------------------------------------------------------------------- */

static void test_locations_of_expressions(void **state)
{
    (void)state;
    struct parsed *parsed = parse("fn f() {\n    let p = (a + b) * g(x, k=-1).y[i:j].0\n}\n");
    const struct ast_stmt *stmt = first_stmt(parsed);
    const struct ast_expr *product = stmt->expr, *part = product->right;
    assert_text(parsed, stmt->loc, "let p = (a + b) * g(x, k=-1).y[i:j].0");
    assert_text(parsed, stmt->pat->loc, "p");
    assert_text(parsed, product->loc, "(a + b) * g(x, k=-1).y[i:j].0");
    assert_text(parsed, product->op_loc, "*");
    assert_text(parsed, product->left->loc, "(a + b)");
    assert_text(parsed, product->left->op_loc, "+");
    assert_text(parsed, part->name_loc, "0");
    assert_int_equal(part->number, 0);
    const struct ast_expr *indexed = part->left, *field = indexed->left, *call = field->left;
    assert_text(parsed, indexed->loc, "g(x, k=-1).y[i:j]");
    assert_text(parsed, indexed->indexes.at[0].loc, "i:j");
    assert_text(parsed, field->name_loc, "y");
    assert_text(parsed, call->loc, "g(x, k=-1)");
    assert_text(parsed, call->args.at[1].loc, "k=-1");
    assert_text(parsed, call->args.at[1].name_loc, "k");
    assert_text(parsed, call->args.at[1].expr->op_loc, "-");
    arena_free(parsed->arena);
}

static void test_locations_of_declarations(void **state)
{
    (void)state;
    struct parsed *parsed = parse("@inline\nexport fn f[n](inout a: f64[n], b = 2) -> (i32, T) {\n"
                                  "    @sync for i in 0..b { }\n}\n"
                                  "struct S { x, y: f64 }\ntest \"t\" { fault \"why\" }\n");
    const struct ast_decl *fn = parsed->file->decls.at[0];
    const struct ast_stmt *loop = first_stmt(parsed);
    assert_text(parsed, fn->attrs.at[0].loc, "@inline");
    assert_text(parsed, fn->name_loc, "f");
    assert_text(parsed, fn->sizes.at[0].loc, "n");
    assert_text(parsed, fn->params.at[0].loc, "inout a: f64[n]");
    assert_text(parsed, fn->params.at[0].type->loc, "f64[n]");
    assert_text(parsed, fn->params.at[1].loc, "b = 2");
    assert_text(parsed, fn->type->loc, "(i32, T)");
    assert_text(parsed, loop->loc, "for i in 0..b { }");
    assert_text(parsed, loop->attrs.at[0].loc, "@sync");
    assert_text(parsed, loop->variable_loc, "i");
    assert_text(parsed, loop->block->loc, "{ }");
    assert_text(parsed, parsed->file->decls.at[1]->fields.at[1].loc, "y: f64");
    assert_text(parsed, parsed->file->decls.at[2]->name_loc, "\"t\"");
    assert_text(parsed, parsed->file->decls.at[2]->block->stmts.at[0]->message_loc, "\"why\"");
    assert_string_equal(parsed->file->decls.at[2]->block->stmts.at[0]->message, "why");
    arena_free(parsed->arena);
}

static void test_heights(void **state)
{
    (void)state;
    struct parsed *parsed = parse("fn f() { return g(a + b, if a { -x } else { 1 }) }\n");
    assert_int_equal(first_stmt(parsed)->expr->height, 4);
    arena_free(parsed->arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_level_binds_tighter),
        cmocka_unit_test(test_operators_of_one_level),
        cmocka_unit_test(test_signs_and_not),
        cmocka_unit_test(test_lambda_extends_right),
        cmocka_unit_test(test_locations_of_expressions),
        cmocka_unit_test(test_locations_of_declarations),
        cmocka_unit_test(test_heights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
