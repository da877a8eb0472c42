/* Comments that document: a run of "##" lines directly above a declaration or a field, or at the
 * head of the file (L41). */
#include "grammar/parser_state.h"

#include "grammar/parser.h"

#include <string.h>

static uint32_t line_of(const struct parser *p, uint32_t at)
{
    struct loc loc = {p->reading->file, at, at};
    return source_position(p->reading->diags->sources, loc).line;
}

void docs_read(struct parser *p)
{
    for (uint32_t i = 0; i < p->tokens.docs.len; i++) {
        uint32_t line = line_of(p, p->tokens.docs.at[i].begin);
        if (!p->docs.runs.len || vec_last(&p->docs.runs).last_line + 1 != line)
            vec_push(p->reading->arena, &p->docs.runs, ((struct doc_run){line, line, i, i}));
        vec_last(&p->docs.runs).last_line = line;
        vec_last(&p->docs.runs).end = i + 1;
    }
}

/* Without the marks, one blank behind each, and blanks at the ends of lines. */
static const char *text_of(const struct parser *p, const struct doc_run *run)
{
    struct loc first = p->tokens.docs.at[run->begin], last = p->tokens.docs.at[run->end - 1];
    char *text = arena_alloc(p->reading->arena, last.end - first.begin + 1);
    size_t len = 0;
    for (uint32_t i = run->begin; i < run->end; i++) {
        struct loc loc = p->tokens.docs.at[i];
        const char *from = p->reading->chars + loc.begin + 2, *end = p->reading->chars + loc.end;
        if (i > run->begin)
            text[len++] = '\n';
        if (from < end && *from == ' ')
            from++;
        while (end > from && strchr(" \t\r", end[-1]))
            end--;
        for (; from < end; from++)
            if (*from) /* a NUL is reported once for the file */
                text[len++] = *from;
    }
    text[len] = '\0';
    return text;
}

/* The run whose last line is `line`, or NULL. */
static const struct doc_run *run_that_ends(const struct parser *p, uint32_t line)
{
    uint32_t low = 0, high = p->docs.runs.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->docs.runs.at[middle].last_line < line)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < p->docs.runs.len && p->docs.runs.at[low].last_line == line;
    return is_found ? &p->docs.runs.at[low] : NULL;
}

/* Is this run the one at the head of the file that documents the file? */
static bool is_of_file(const struct parser *p, const struct doc_run *run)
{
    const struct token *first = &p->tokens.list.at[0];
    if (run != &p->docs.runs.at[0] || p->tokens.docs.at[run->begin].begin > first->begin)
        return false;
    return first->kind == T_END || first->kind == T_IMPORT
           || line_of(p, first->begin) != run->last_line + 1;
}

const char *docs_above(const struct parser *p, uint32_t begin)
{
    uint32_t line = line_of(p, begin);
    const struct doc_run *run = line > 1 ? run_that_ends(p, line - 1) : NULL;
    return run && !is_of_file(p, run) ? text_of(p, run) : NULL;
}

const char *docs_of_file(struct parser *p)
{
    const struct doc_run *run = p->docs.runs.len ? &p->docs.runs.at[0] : NULL;
    return run && is_of_file(p, run) ? text_of(p, run) : NULL;
}
