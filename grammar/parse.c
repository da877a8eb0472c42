/* A file from text to tree, and the list of its tokens. */
#include "grammar/syntax.h"

#include "grammar/parser_state.h"
#include "grammar/parser.h"

#include <stdlib.h>

static struct reading reading_of(struct arena *arena, struct names *names, struct diags *diags,
                                 uint32_t file)
{
    const struct source *source = &diags->sources->files.at[file];
    return (struct reading){arena, names, diags, file, source->chars, source->len};
}

/* Mistakes of the layout are found before those of the grammar; people read them in text order. */
static void sort_diags(struct diags *diags, uint32_t from)
{
    for (uint32_t i = from + 1; i < diags->list.len; i++) {
        struct diag *diag = diags->list.at[i];
        uint32_t j = i;
        for (; j > from && diags->list.at[j - 1]->loc.begin > diag->loc.begin; j--)
            diags->list.at[j] = diags->list.at[j - 1];
        diags->list.at[j] = diag;
    }
}

struct ast_file *parse_file(struct arena *arena, struct names *names, struct diags *diags,
                            uint32_t file)
{
    struct reading reading = reading_of(arena, names, diags, file);
    struct parser p = {.reading = &reading, .file = ARENA_NEW(arena, struct ast_file)};
    uint32_t before = diags->list.len;
    p.file->file = file;
    unicode_check(&reading);
    p.tokens = layout_read(&reading);
    docs_read(&p);
    p.file->doc = docs_of_file(&p);
    while (grammar_parse(&p) && recover_restart(&p))
        continue;
    sort_diags(diags, before);
    return p.file;
}

static const char *kind_text(const struct token *token)
{
    switch (token->kind) {
    case T_END: return "END";
    case T_NL: return "NL";
    case T_INT: return "INT";
    case T_FLOAT: return "FLOAT";
    case T_IMAG: return "IMAG";
    case T_STRING: return "STRING";
    case T_TUPLE_FIELD: return "TUPLE_FIELD";
    case T_ATTR: return "ATTR";
    case T_ATTR_OPEN: return "ATTR_OPEN";
    case T_SLB: return "STRUCT_BRACE";
    case T_SHOW: return "SHOW";
    case T_BAD: return "BAD";
    default: break;
    }
    if (token_is_name(token->kind))
        return "NAME";
    return token_is_word(token->kind) ? "WORD" : "MARK";
}

void tokens_print(struct arena *arena, struct names *names, struct diags *diags, uint32_t file,
                  struct text *out)
{
    struct reading reading = reading_of(arena, names, diags, file);
    unicode_check(&reading);
    struct tokens tokens = layout_read(&reading);
    for (uint32_t i = 0; i < tokens.list.len; i++) {
        const struct token *token = &tokens.list.at[i];
        struct loc loc = {file, token->begin, token->end};
        struct position at = source_position(diags->sources, loc);
        text_printf(out, "%u:%u %s", at.line, at.column, kind_text(token));
        if (token->end > token->begin) {
            text_put(out, " ");
            text_put_n(out, reading.chars + token->begin, token->end - token->begin);
        }
        text_put(out, "\n");
    }
}
