/* Reads the text form. Values and blocks may be used before they are defined, so while a function
 * is read its instructions hold numbers of symbols, which are replaced at its end. A file is read
 * line by line; nothing nests, so nothing recurses. */
#include "ir/ir_parse.h"
#include "ir/verify.h"

#include <string.h>

/* ---- symbols -------------------------------------------------------------------------------- */

static struct symbols symbols_new(struct arena *arena)
{
    return (struct symbols){.arena = arena, .slots = ARENA_ARRAY(arena, uint32_t, 16), .size = 16};
}

/* Names are interned, so their addresses tell them apart. */
static uint32_t *symbol_slot(const struct symbols *symbols, name spelling)
{
    uint64_t hash = (uint64_t)(uintptr_t)spelling * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t slot = (uint32_t)(hash >> 32) & (symbols->size - 1);
    while (symbols->slots[slot] && symbols->list.at[symbols->slots[slot] - 1].spelling != spelling)
        slot = (slot + 1) & (symbols->size - 1);
    return &symbols->slots[slot];
}

static uint32_t symbol_of(struct symbols *symbols, name spelling, uint32_t line)
{
    uint32_t *slot = symbol_slot(symbols, spelling);
    if (*slot)
        return *slot - 1;
    if (symbols->list.len >= symbols->size / 2) {
        symbols->size *= 2;
        symbols->slots = ARENA_ARRAY(symbols->arena, uint32_t, symbols->size);
        for (uint32_t i = 0; i < symbols->list.len; i++)
            *symbol_slot(symbols, symbols->list.at[i].spelling) = i + 1;
        slot = symbol_slot(symbols, spelling);
    }
    struct symbol symbol = {.spelling = spelling, .id = IR_NONE, .line = line};
    vec_push(symbols->arena, &symbols->list, symbol);
    *slot = symbols->list.len;
    return symbols->list.len - 1;
}

/* ---- names ---------------------------------------------------------------------------------- */

static name spelling_of(struct parser *p)
{
    return name_of(p->spellings, p->in.token.chars, p->in.token.len);
}

/* "%4" has no hint; "%n.4" and "%n" have. */
static name value_hint(struct parser *p)
{
    const char *text = p->in.token.text;
    if (!p->in.token.has_number && *text && strspn(text, "0123456789") == strlen(text))
        return NULL;
    return name_of_text(p->prog->names, text);
}

/* "b4" has no hint; "while.4" and "while" have. */
static name block_hint(struct parser *p)
{
    const char *text = p->in.token.text;
    if (!p->in.token.has_number && *text == 'b' && text[1]
        && strspn(text + 1, "0123456789") == strlen(text + 1))
        return NULL;
    return name_of_text(p->prog->names, text);
}

bool parse_value(struct parser *p, value_id *out)
{
    *out = IR_NONE;
    if (p->in.token.kind != TOKEN_VALUE)
        return read_expected(&p->in, "a value like %4");
    *out = symbol_of(&p->values, spelling_of(p), p->in.token.line);
    read_advance(&p->in);
    return true;
}

bool parse_callee(struct parser *p, func_id *out)
{
    if (p->in.token.kind != TOKEN_FUNC)
        return read_expected(&p->in, "a function like @f");
    uint32_t symbol = symbol_of(&p->funcs, name_of_text(p->prog->names, p->in.token.text), 0);
    *out = p->funcs.list.at[symbol].id;
    if (*out == IR_NONE)
        return read_fail(&p->in, p->in.token.line, "there is no function @%s", p->in.token.text);
    read_advance(&p->in);
    return true;
}

bool parse_shared_ref(struct parser *p, uint32_t *out)
{
    const struct ir_prog *prog = p->prog;
    if (p->in.token.kind != TOKEN_FUNC)
        return read_expected(&p->in, "a shared array like @X");
    for (*out = 0; *out < prog->shared.len; ++*out)
        if (!strcmp(prog->shared.at[*out].name, p->in.token.text)) {
            read_advance(&p->in);
            return true;
        }
    return read_fail(&p->in, p->in.token.line, "there is no shared array @%s", p->in.token.text);
}

bool parse_extent_ref(struct parser *p, uint32_t *out)
{
    const struct ir_prog *prog = p->prog;
    if (p->in.token.kind != TOKEN_EXTENT)
        return read_expected(&p->in, "an extent like $n");
    for (*out = 0; *out < prog->extents.len; ++*out)
        if (!strcmp(prog->extents.at[*out].name, p->in.token.text)) {
            read_advance(&p->in);
            return true;
        }
    return read_fail(&p->in, p->in.token.line, "there is no extent $%s", p->in.token.text);
}

bool parse_definition(struct parser *p, struct ir_value value, value_id *id)
{
    *id = IR_NONE;
    if (p->in.token.kind != TOKEN_VALUE)
        return read_expected(&p->in, "a value like %4");
    uint32_t symbol = symbol_of(&p->values, spelling_of(p), p->in.token.line);
    if (p->values.list.at[symbol].id != IR_NONE)
        return read_fail(&p->in, p->in.token.line, "%.*s is defined twice",
                         read_shown_len(&p->in.token), p->in.token.chars);
    value.hint = value_hint(p);
    read_advance(&p->in);
    if (!read_mark(&p->in, ':') || !read_type(&p->in, &value.type))
        return false;
    *id = p->values.list.at[symbol].id = p->func->values.len;
    vec_push(p->in.arena, &p->func->values, value);
    return true;
}

/* ---- terminators ---------------------------------------------------------------------------- */

static bool parse_edge(struct parser *p, struct ir_edge *edge)
{
    if (p->in.token.kind != TOKEN_WORD && p->in.token.kind != TOKEN_STRING)
        return read_expected(&p->in, "a block");
    edge->to = symbol_of(&p->blocks, spelling_of(p), p->in.token.line);
    read_advance(&p->in);
    if (!read_take_mark(&p->in, '('))
        return true;
    for (bool first = true; !read_at_mark(&p->in, ')'); first = false)
        PARSE_VALUES(p, &edge->args, first);
    return read_mark(&p->in, ')');
}

static bool parse_jmp(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_JMP;
    return parse_edge(p, &term->edges[0]);
}

static bool parse_br(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_BR;
    return parse_value(p, &term->condition) && read_mark(&p->in, ',')
           && parse_edge(p, &term->edges[0]) && read_mark(&p->in, ',')
           && parse_edge(p, &term->edges[1]);
}

static bool parse_ret(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_RET;
    for (bool first = true; first ? p->in.token.kind == TOKEN_VALUE : read_at_mark(&p->in, ',');
         first = false)
        PARSE_VALUES(p, &term->args, first);
    return true;
}

static bool parse_tail(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_TAIL;
    if (!parse_callee(p, &term->callee) || !read_mark(&p->in, '('))
        return false;
    for (bool first = true; !read_at_mark(&p->in, ')'); first = false)
        PARSE_VALUES(p, &term->args, first);
    return read_mark(&p->in, ')');
}

static bool parse_fault_term(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_FAULT;
    return read_fault_ref(&p->in, &term->fault);
}

static const struct {
    const char *word;
    bool (*parse)(struct parser *p, struct ir_term *term);
} terminators[] = {{"jmp", parse_jmp},
                   {"br", parse_br},
                   {"ret", parse_ret},
                   {"tail", parse_tail},
                   {"fault", parse_fault_term}};
enum { TERMINATOR_COUNT = sizeof terminators / sizeof *terminators };

static uint32_t find_terminator(const struct token *token)
{
    uint32_t i = 0;
    while (i < TERMINATOR_COUNT && !read_token_is(token, terminators[i].word))
        i++;
    return i;
}

static bool parse_terminator(struct parser *p, uint32_t which)
{
    struct ir_term term = {.condition = IR_NONE};
    vec_push(p->in.scratch, &vec_last(&p->lines).terms, p->in.token.line);
    read_advance(&p->in);
    if (!terminators[which].parse(p, &term) || !read_line_end(&p->in))
        return false;
    p->func->blocks.at[p->block].term = term;
    p->block = IR_NONE;
    return true;
}

/* ---- functions ------------------------------------------------------------------------------ */

static bool parse_block_head(struct parser *p)
{
    if (p->in.token.kind != TOKEN_WORD && p->in.token.kind != TOKEN_STRING)
        return read_expected(&p->in, "a block or `}`");
    uint32_t symbol = symbol_of(&p->blocks, spelling_of(p), p->in.token.line);
    if (p->blocks.list.at[symbol].id != IR_NONE)
        return read_fail(&p->in, p->in.token.line, "block %.*s is defined twice",
                         read_shown_len(&p->in.token), p->in.token.chars);
    p->block = p->blocks.list.at[symbol].id = p->func->blocks.len;
    struct ir_block *block = vec_add(p->in.arena, &p->func->blocks);
    block->hint = block_hint(p);
    block->term.condition = IR_NONE;
    vec_push(p->in.scratch, &vec_last(&p->lines).heads, p->in.token.line);
    read_advance(&p->in);
    block->is_loop = read_take_word(&p->in, "loop");
    block->is_sync = read_take_word(&p->in, "sync");
    if (read_take_mark(&p->in, '(')) {
        do {
            struct ir_value value = {.kind = VALUE_PARAM,
                                     .block = p->block,
                                     .inst = IR_NONE,
                                     .index = block->params.len};
            value_id param;
            if (!parse_definition(p, value, &param))
                return false;
            vec_push(p->in.arena, &block->params, param);
        } while (read_take_mark(&p->in, ','));
        if (!read_mark(&p->in, ')'))
            return false;
    }
    return read_mark(&p->in, ':') && read_line_end(&p->in);
}

/* Symbols to ids, once all are known. */
static bool resolve(struct parser *p, const struct symbols *symbols, const char *what, uint32_t *at,
                    uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct symbol *symbol = &symbols->list.at[at[i]];
        if (symbol->id == IR_NONE)
            return read_fail(&p->in, symbol->line, "%s %.60s is not defined", what,
                             symbol->spelling);
        at[i] = symbol->id;
    }
    return true;
}

static bool resolve_func(struct parser *p)
{
    struct ir_func *func = p->func;
    for (inst_id id = 0; id < func->insts.len; id++) {
        struct ir_inst *inst = &func->insts.at[id];
        if (!resolve(p, &p->values, "value", inst->args.at, inst->args.len))
            return false;
    }
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_term *term = &func->blocks.at[id].term;
        if (!resolve(p, &p->values, "value", term->args.at, term->args.len)
            || (term->kind == TERM_BR && !resolve(p, &p->values, "value", &term->condition, 1)))
            return false;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            if (!resolve(p, &p->blocks, "block", &term->edges[edge].to, 1)
                || !resolve(p, &p->values, "value", term->edges[edge].args.at,
                            term->edges[edge].args.len))
                return false;
    }
    return true;
}

#define NEED_TYPES(p, types)                                                                       \
    do {                                                                                           \
        if (!read_mark(&p->in, '('))                                                               \
            return false;                                                                          \
        for (bool first = true; !read_at_mark(&p->in, ')'); first = false) {                       \
            struct type one;                                                                       \
            if ((!first && !read_mark(&p->in, ',')) || !read_type(&p->in, &one))                   \
                return false;                                                                      \
            vec_push((p)->in.arena, (types), one);                                                 \
        }                                                                                          \
        read_advance(&p->in);                                                                      \
    } while (0)

static bool parse_signature(struct parser *p)
{
    NEED_TYPES(p, &p->func->params);
    if (p->in.token.kind != TOKEN_ARROW)
        return read_expected(&p->in, "`->`");
    read_advance(&p->in);
    NEED_TYPES(p, &p->func->results);
    if (read_take_word(&p->in, "cycle") && !read_u32(&p->in, &p->func->cycle))
        return false;
    if (read_take_word(&p->in, "inline"))
        p->func->inline_wish = INLINE_ALWAYS;
    else if (read_take_word(&p->in, "noinline"))
        p->func->inline_wish = INLINE_NEVER;
    return read_mark(&p->in, '{') && read_line_end(&p->in);
}

static bool parse_body(struct parser *p)
{
    for (;;) {
        read_empty_lines(&p->in);
        if (p->block == IR_NONE) {
            if (read_take_mark(&p->in, '}'))
                return read_line_end(&p->in);
            if (!parse_block_head(p))
                return false;
            continue;
        }
        uint32_t terminator = find_terminator(&p->in.token);
        if (terminator < TERMINATOR_COUNT ? !parse_terminator(p, terminator) : !parse_inst(p))
            return false;
    }
}

/* Behind `func`. The function itself was made by find_funcs. */
static bool parse_func(struct parser *p)
{
    struct func_lines *lines = vec_add(p->in.scratch, &p->lines);
    lines->line = p->in.token.line;
    if (p->in.token.kind != TOKEN_FUNC)
        return read_expected(&p->in, "the name of the function");
    p->func = &p->prog->funcs.at[p->lines.len - 1];
    uint32_t symbol = symbol_of(&p->funcs, p->func->name, 0);
    if (p->funcs.list.at[symbol].id != p->lines.len - 1)
        return read_fail(&p->in, p->in.token.line, "function @%s is defined twice", p->func->name);
    read_advance(&p->in);
    p->values = symbols_new(p->in.scratch);
    p->blocks = symbols_new(p->in.scratch);
    p->block = IR_NONE;
    return parse_signature(p) && parse_body(p) && resolve_func(p);
}

/* Calls may stand before the function they call, so all functions are made first. */
static void find_funcs(struct parser *p)
{
    struct lexer start = p->in.lexer;
    bool at_start = true;
    for (read_advance(&p->in); p->in.token.kind != TOKEN_END && p->in.token.kind != TOKEN_BAD;) {
        bool is_func = at_start && read_token_is(&p->in.token, "func");
        at_start = p->in.token.kind == TOKEN_NEWLINE;
        read_advance(&p->in);
        if (!is_func || p->in.token.kind != TOKEN_FUNC)
            continue;
        func_id id = ir_func_new(p->prog, p->in.token.text, (struct loc){0});
        uint32_t symbol = symbol_of(&p->funcs, p->prog->funcs.at[id].name, 0);
        if (p->funcs.list.at[symbol].id == IR_NONE)
            p->funcs.list.at[symbol].id = id;
    }
    p->in.lexer = start;
}

/* ---- faults --------------------------------------------------------------------------------- */

static bool need_fault_kind(struct parser *p, enum fault_kind *out)
{
    for (int kind = FAULT_BOUNDS; kind <= FAULT_BUDGET; kind++)
        if (read_take_word(&p->in, fault_kind_name[kind])) {
            *out = (enum fault_kind)kind;
            return true;
        }
    return read_expected(&p->in, "a kind of fault");
}

static bool parse_fault(struct parser *p)
{
    struct ir_fault fault = {0};
    fault_id id;
    uint32_t line = p->in.token.line;
    if (!read_fault_ref(&p->in, &id))
        return false;
    if (id != p->prog->faults.len)
        return read_fail(&p->in, line, "the next fault is #%u, not #%u", p->prog->faults.len, id);
    if (!need_fault_kind(p, &fault.kind))
        return false;
    if (read_take_word(&p->in, "at")
        && (!read_string(&p->in, &fault.path) || !read_mark(&p->in, ':')
            || !read_u32(&p->in, &fault.line) || !read_mark(&p->in, ':')
            || !read_u32(&p->in, &fault.column)))
        return false;
    if (read_take_word(&p->in, "text") && !read_string(&p->in, &fault.text))
        return false;
    vec_push(p->in.arena, &p->prog->faults, fault);
    return read_line_end(&p->in);
}

/* ---- shared arrays, extents, entries --------------------------------------------------------- */

static bool parse_extent(struct parser *p)
{
    if (p->in.token.kind != TOKEN_EXTENT)
        return read_expected(&p->in, "an extent like $n");
    struct ir_extent extent = {.name = arena_strdup(p->in.arena, p->in.token.text)};
    read_advance(&p->in);
    vec_push(p->in.arena, &p->prog->extents, extent);
    return read_line_end(&p->in);
}

/* The type of a shared array, in which `$n` may be an extent. */
static bool parse_shared_type(struct parser *p, struct type *type)
{
    if (!read_dtype(&p->in, type))
        return false;
    if (!read_take_mark(&p->in, '['))
        return true;
    do {
        int64_t dim = 0;
        uint32_t extent;
        if (p->in.token.kind == TOKEN_EXTENT) {
            if (!parse_extent_ref(p, &extent))
                return false;
            dim = -1 - (int64_t)extent;
        } else if (!read_extent(&p->in, &dim)) {
            return false;
        }
        if (type->shape.rank == SHAPE_MAX_RANK)
            return read_fail(&p->in, p->in.token.line, "a type has at most %d axes",
                             SHAPE_MAX_RANK);
        type->shape.dim[type->shape.rank++] = dim;
    } while (read_take_mark(&p->in, ','));
    return read_mark(&p->in, ']');
}

static bool parse_shared(struct parser *p)
{
    if (p->in.token.kind != TOKEN_FUNC)
        return read_expected(&p->in, "a shared array like @X");
    struct ir_shared shared = {.name = arena_strdup(p->in.arena, p->in.token.text)};
    read_advance(&p->in);
    if (!read_mark(&p->in, ':') || !parse_shared_type(p, &shared.type))
        return false;
    vec_push(p->in.arena, &p->prog->shared, shared);
    return read_line_end(&p->in);
}

/* "@X as "X"" and "$n as "n"" in an entry. */
static bool parse_entry_symbol(struct parser *p, struct ir_entry *entry, bool is_shared)
{
    const char *path;
    uint32_t symbol;
    if (!(is_shared ? parse_shared_ref(p, &symbol) : parse_extent_ref(p, &symbol)))
        return false;
    if (!read_take_word(&p->in, "as"))
        return read_expected(&p->in, "as");
    if (!read_string(&p->in, &path))
        return false;
    if (is_shared) {
        struct ir_param_place place = {true, entry->shared.len};
        vec_push(p->in.arena, &entry->param_order, place);
        vec_push(p->in.arena, &entry->shared, symbol);
        vec_push(p->in.arena, &entry->shared_paths, path);
    } else {
        vec_push(p->in.arena, &entry->extents, symbol);
        vec_push(p->in.arena, &entry->extent_paths, path);
    }
    return true;
}

static bool parse_leaf(struct parser *p, struct ir_leaf *leaf, const char **source_type)
{
    *leaf = (struct ir_leaf){.is_inout = read_take_word(&p->in, "inout")};
    *source_type = NULL;
    return read_string(&p->in, &leaf->path) && read_mark(&p->in, ':')
           && read_type(&p->in, &leaf->type)
           && (!read_take_word(&p->in, "as") || read_string(&p->in, source_type));
}

static bool parse_entry_line(struct parser *p, struct ir_entry *entry)
{
    struct ir_leaf leaf;
    const char *source_type;
    bool fine = true;
    if (read_take_word(&p->in, "max_depth")) {
        fine = read_u32(&p->in, &entry->max_depth);
    } else if (read_take_word(&p->in, "batch_index")) {
        entry->uses_batch_index = true;
    } else if (read_take_word(&p->in, "expect")) {
        fine = need_fault_kind(p, &entry->expect_fault);
    } else if (read_take_word(&p->in, "assert")) {
        fine = read_string(&p->in, &entry->test_text);
    } else if (read_take_word(&p->in, "doc")) {
        fine = read_string(&p->in, &entry->doc);
    } else if (read_take_word(&p->in, "param")) {
        struct ir_param_place place = {false, entry->params.len};
        fine = parse_leaf(p, &leaf, &source_type);
        vec_push(p->in.arena, &entry->param_order, place);
        vec_push(p->in.arena, &entry->params, leaf);
        vec_push(p->in.arena, &entry->param_types, source_type);
    } else if (read_take_word(&p->in, "result")) {
        fine = parse_leaf(p, &leaf, &source_type);
        vec_push(p->in.arena, &entry->results, leaf);
        vec_push(p->in.arena, &entry->result_types, source_type);
    } else if (read_take_word(&p->in, "shared")) {
        fine = parse_entry_symbol(p, entry, true);
    } else if (read_take_word(&p->in, "extent")) {
        fine = parse_entry_symbol(p, entry, false);
    } else {
        return read_expected(&p->in, "a line of an entry or `}`");
    }
    return fine && read_line_end(&p->in);
}

static bool parse_entry(struct parser *p, bool is_test)
{
    struct ir_entry entry = {.is_test = is_test};
    const char *title;
    vec_push(p->in.scratch, &p->entry_lines, p->in.token.line);
    if (!read_string(&p->in, &title) || !read_mark(&p->in, '=') || !parse_callee(p, &entry.func)
        || !read_mark(&p->in, '{') || !read_line_end(&p->in))
        return false;
    entry.name = name_of_text(p->prog->names, title);
    for (read_empty_lines(&p->in); !read_take_mark(&p->in, '}'); read_empty_lines(&p->in))
        if (!parse_entry_line(p, &entry))
            return false;
    if (!entry.shared.len)
        entry.param_order.len = 0;
    vec_push(p->in.arena, &p->prog->entries, entry);
    return read_line_end(&p->in);
}

/* ---- program -------------------------------------------------------------------------------- */

static bool parse_items(struct parser *p)
{
    find_funcs(p);
    read_advance(&p->in);
    for (read_empty_lines(&p->in); p->in.token.kind != TOKEN_END; read_empty_lines(&p->in)) {
        bool fine;
        if (read_take_word(&p->in, "func"))
            fine = parse_func(p);
        else if (read_take_word(&p->in, "fault"))
            fine = parse_fault(p);
        else if (read_take_word(&p->in, "entry"))
            fine = parse_entry(p, false);
        else if (read_take_word(&p->in, "test"))
            fine = parse_entry(p, true);
        else if (read_take_word(&p->in, "shared"))
            fine = parse_shared(p);
        else if (read_take_word(&p->in, "extent"))
            fine = parse_extent(p);
        else
            fine = read_expected(&p->in, "`func`, `entry`, `test`, `fault`, `shared` or `extent`");
        if (!fine)
            return false;
    }
    return true;
}

static uint32_t flaw_line(const struct parser *p, struct ir_flaw flaw)
{
    if (flaw.entry != IR_NONE)
        return p->entry_lines.at[flaw.entry];
    if (flaw.func == IR_NONE)
        return 1;
    const struct func_lines *lines = &p->lines.at[flaw.func];
    if (flaw.inst != IR_NONE)
        return lines->insts.at[flaw.inst];
    return flaw.block != IR_NONE ? lines->terms.at[flaw.block] : lines->line;
}

struct ir_prog *ir_parse(struct arena *arena, struct names *names, const char *text,
                         const char **why)
{
    struct arena *scratch = arena_new();
    struct parser p = {.prog = ir_prog_new(arena, names, NULL),
                       .in = {.arena = arena,
                              .scratch = scratch,
                              .lexer = {.arena = scratch, .at = text, .line = 1},
                              .why = why},
                       .spellings = names_new(scratch),
                       .funcs = symbols_new(scratch)};
    bool fine = parse_items(&p);
    if (fine) {
        struct ir_flaw flaw = ir_find_flaw(p.prog, scratch, false);
        fine = !flaw.what || read_fail(&p.in, flaw_line(&p, flaw), "%s", flaw.what);
    }
    arena_free(scratch);
    return fine ? p.prog : NULL;
}
