/* Where reading goes on after a syntax error. Tokens know how many brackets are around them, so
 * what is skipped is always a whole: a statement with its blocks, a declaration with its body. */
#include "grammar/parser_state.h"

#include "grammar/parser.h"

static const struct token *token_at(const struct parser *p, uint32_t i)
{
    return &p->tokens.list.at[i];
}

/* Skips to a token. False if the parser was led there before and could not go on, or the file ends.
 */
static bool go_on_at(struct parser *p, uint32_t i)
{
    bool is_new = p->seen != p->gave_up_at;
    p->gave_up_at = p->seen;
    p->next = i;
    return is_new && token_at(p, i)->kind != T_END;
}

/* The brackets around what begins at `at`, which the parser gave up at the last token seen. */
static uint32_t level_of(const struct parser *p, struct loc at)
{
    uint32_t low = 0, high = p->tokens.list.len - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (token_at(p, middle)->begin < at.begin)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < p->seen && token_at(p, low)->begin == token_at(p, low)->end)
        low++;
    const struct token *token = token_at(p, low < p->seen ? low : p->seen);
    bool closes = token->kind == ')' || token->kind == ']' || token->kind == T_RB;
    return token->level + closes; /* a closing bracket has the level outside of it */
}

/* Blanks at the head of the line of a token. */
static uint32_t indent_of(const struct parser *p, uint32_t at)
{
    const char *chars = p->reading->chars;
    uint32_t head = at, indent = 0;
    while (head > 0 && chars[head - 1] != '\n')
        head--;
    while (chars[head + indent] == ' ' || chars[head + indent] == '\t')
        indent++;
    return indent;
}

/* A line begins a statement by its word, or, as long as it could also go on with the wrong one, by
 * standing where that began. */
static bool begins_statement(const struct parser *p, const struct token *token, uint32_t indent)
{
    if (!token->first)
        return false;
    switch (token->kind) {
    case T_LET: case T_VAR: case T_WHILE: case T_FOR: case T_BREAK: case T_CONTINUE: case T_RETURN:
    case T_ASSERT: case T_FAULT:
        return true;
    default:
        return (token->kind == T_IF || token_is_name(token->kind))
               && indent_of(p, token->begin) == indent;
    }
}

static bool begins_declaration(const struct parser *p, uint32_t i)
{
    switch (token_at(p, i)->kind) {
    case T_IMPORT: case T_CONST: case T_STRUCT: case T_EXPORT: case T_FN: case T_EXTERN:
    case T_ATTR: case T_ATTR_OPEN: case T_END:
        return true;
    case T_TEST:
        return token_at(p, i + 1)->kind == T_STRING;
    default:
        return false;
    }
}

bool recover_stmt(struct parser *p, struct loc at)
{
    uint32_t level = level_of(p, at), i = p->seen, indent = indent_of(p, at.begin);
    for (;; i++) {
        const struct token *token = token_at(p, i);
        if (token->kind == T_END || token->level < level
            || (token->kind == T_NL && token->level == level))
            break;
        if (token->level == level && begins_statement(p, token, indent)) {
            p->puts_statement_end = true;
            break;
        }
    }
    return go_on_at(p, i);
}

bool recover_field(struct parser *p, struct loc at)
{
    uint32_t level = level_of(p, at), i = p->seen;
    for (;; i++) {
        const struct token *token = token_at(p, i);
        if (token->kind == T_END || token->level < level
            || (token->level == level && (token->kind == T_NL || token->kind == ',')))
            break;
    }
    return go_on_at(p, i);
}

bool recover_sig(struct parser *p, struct loc at)
{
    (void)at;
    for (uint32_t i = p->seen;; i++) {
        const struct token *token = token_at(p, i);
        if (token->kind == T_END || (!token->level && token->kind == T_NL))
            return false;
        if (!token->level && token->kind == T_LB)
            return go_on_at(p, i);
    }
}

/* The next declaration at or behind token `i`; it is behind the end of a statement, or first in its
 * line. */
static uint32_t find_declaration(const struct parser *p, uint32_t i)
{
    for (;; i++) {
        const struct token *token = token_at(p, i);
        if (token->kind == T_END)
            return i;
        bool is_behind_end = i > 0 && token_at(p, i - 1)->kind == T_NL;
        if (!token->level && (token->first || is_behind_end) && begins_declaration(p, i))
            return i;
    }
}

bool recover_decl(struct parser *p, struct loc at)
{
    (void)at;
    p->next = find_declaration(p, p->seen);
    p->puts_statement_end = true;
    return true;
}

bool recover_restart(struct parser *p)
{
    p->next = find_declaration(p, p->seen + (token_at(p, p->seen)->kind != T_END));
    p->puts_statement_end = false;
    return token_at(p, p->next)->kind != T_END;
}
