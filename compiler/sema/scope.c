/* What a name means: the innermost local, a declaration of the file, a built-in name. */
#include "sema/check.h"

#include <math.h>
#include <string.h>

/* ---- locals ---------------------------------------------------------------------------------- */

void scope_open(struct checker *cx)
{
    struct scope *scope = ARENA_NEW(cx->memory, struct scope);
    scope->outer = cx->pass->scope;
    cx->pass->scope = scope;
}

void scope_close(struct checker *cx)
{
    struct scope *scope = cx->pass->scope;
    warn_unused_locals(cx, scope);
    for (struct local *local = scope->first; local; local = local->next)
        map_set(&cx->pass->locals, (uintptr_t)local->name, local->outer);
    cx->pass->scope = scope->outer;
}

var_id declare_var(struct checker *cx, name word, struct loc loc, const struct ty *ty)
{
    struct typed_var var = {.name = word, .loc = loc, .ty = ty_settled(&cx->types, ty)};
    struct instance *typed = cx->pass->typed;
    vec_push(cx->memory, &typed->vars, var);
    return typed->vars.len - 1;
}

static bool is_in_scope(const struct scope *scope, const struct local *wanted)
{
    for (const struct local *local = scope->first; local; local = local->next)
        if (local == wanted)
            return true;
    return false;
}

static void check_not_twice(struct checker *cx, name word, struct loc loc)
{
    struct local *hidden = map_get(&cx->pass->locals, (uintptr_t)word);
    struct decl *decl = map_get(&module_at(cx, loc)->names, (uintptr_t)word);
    if (hidden && is_in_scope(cx->pass->scope, hidden)) {
        struct diag *diag =
            sema_error(cx, AB0202, loc, "`%s` is declared twice in one block", word);
        sema_note(cx, diag, hidden->loc, "first declared here");
        if (source_begins(cx, hidden->keyword, "var"))
            sema_help(cx, diag, "to change a variable write `%s = ..` without `var`", word);
    } else if ((hidden || decl) && word[0] != '_') {
        struct diag *diag = sema_warn(cx, AB1004, loc, "`%s` hides another `%s`", word, word);
        sema_note(cx, diag, hidden ? hidden->loc : decl->ast->name_loc, "the hidden one");
    }
}

struct local *declare_local(struct checker *cx, enum local_kind kind, name word, struct loc loc,
                            const struct ty *ty)
{
    struct pass *pass = cx->pass;
    struct local *local = ARENA_NEW(cx->memory, struct local);
    check_not_twice(cx, word, loc);
    *local = (struct local){
        .kind = kind,
        .name = word,
        .loc = loc,
        .ty = ty,
        .var = NONE,
        .slot = NONE,
        .flow_bit = NONE,
        .outer = map_get(&pass->locals, (uintptr_t)word),
    };
    if (pass->scope->last)
        pass->scope->last->next = local;
    else
        pass->scope->first = local;
    pass->scope->last = local;
    map_set(&pass->locals, (uintptr_t)word, local);
    return local;
}

/* ---- built-in names -------------------------------------------------------------------------- */

static const struct number {
    const char *name;
    double value;
} numbers[] = {
    {"e", 2.718281828459045},
    {"inf", HUGE_VAL},
    {"nan", NAN},
    {"pi", 3.141592653589793},
};

/* Operations of the language that need tensors, function values or more types than there are now:
 * their names give a better message than "unknown". Sorted. */
static const char *const later_names[] = {
#include "sema/later_names.def"
};

enum {
    NUMBER_COUNT = sizeof numbers / sizeof *numbers,
    LATER_COUNT = sizeof later_names / sizeof *later_names
};

static bool is_later(const char *word)
{
    for (uint32_t i = 0; i < LATER_COUNT; i++)
        if (!strcmp(word, later_names[i]))
            return true;
    return false;
}

static struct found find_builtin(name word)
{
    const struct builtin *builtin = builtin_find(word);
    if (builtin)
        return (struct found){.kind = FOUND_BUILTIN, .builtin = builtin};
    for (uint32_t i = 0; i < NUMBER_COUNT; i++)
        if (!strcmp(word, numbers[i].name))
            return (struct found){.kind = FOUND_NUMBER, .number = numbers[i].value};
    int dtype = dtype_find(word);
    if (dtype >= 0)
        return (struct found){.kind = FOUND_DTYPE, .dtype = (enum dtype)dtype};
    return (struct found){.kind = is_later(word) ? FOUND_LATER : FOUND_NOTHING};
}

struct found find_name(struct checker *cx, name word, struct loc loc)
{
    struct pass *pass = cx->pass;
    struct local *local =
        pass && !pass->in_constant ? map_get(&pass->locals, (uintptr_t)word) : NULL;
    if (pass && pass->in_constant)
        local = find_size(cx, word);
    if (local)
        return (struct found){.kind = FOUND_LOCAL, .local = local};
    return find_type_name(cx, word, loc);
}

struct found find_type_name(struct checker *cx, name word, struct loc loc)
{
    struct decl *decl = map_get(&module_at(cx, loc)->names, (uintptr_t)word);
    if (decl)
        return (struct found){.kind = FOUND_DECL, .decl = decl};
    return find_builtin(word);
}

/* ---- did you mean ---------------------------------------------------------------------------- */

enum { LONGEST_NAME = 64 }; /* longer names get no suggestion */

static uint32_t least(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* Letters to insert, drop, change, or swap with the next one. */
static uint32_t distance_of(const char *a, const char *b)
{
    uint32_t rows[3][LONGEST_NAME + 1];
    uint32_t len = (uint32_t)strlen(b);
    for (uint32_t j = 0; j <= len; j++)
        rows[0][j] = j;
    for (uint32_t i = 1; a[i - 1]; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (uint32_t j = 1; j <= len; j++) {
            uint32_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(above[j] + 1, row[j - 1] + 1, changed);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    return rows[strlen(a) % 3][len];
}

void suggest_candidate(struct suggestion *suggestion, const char *candidate)
{
    size_t wanted_len = strlen(suggestion->wanted);
    if (wanted_len > LONGEST_NAME || strlen(candidate) > LONGEST_NAME)
        return;
    uint32_t limit = wanted_len < 3 ? 1 : (uint32_t)wanted_len / 3;
    uint32_t distance = distance_of(suggestion->wanted, candidate);
    if (distance > limit || distance >= wanted_len)
        return;
    if (!suggestion->best || distance < suggestion->distance) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}

const char *suggest_name(struct checker *cx, name word, struct loc loc, enum suggest_kind kind)
{
    struct suggestion suggestion = {.wanted = word};
    bool types = kind == SUGGEST_TYPES;
    for (struct scope *scope = cx->pass && !types ? cx->pass->scope : NULL; scope;
         scope = scope->outer)
        for (struct local *local = scope->first; local; local = local->next)
            suggest_candidate(&suggestion, local->name);
    const struct ast_file *file = module_at(cx, loc)->file;
    for (uint32_t i = 0; i < file->decls.len; i++) {
        const struct ast_decl *ast = file->decls.at[i];
        if (ast->name && ast->kind != AST_TEST && (!types || ast->kind == AST_STRUCT_DECL))
            suggest_candidate(&suggestion, ast->name);
    }
    for (uint32_t i = 0; i < builtin_count && !types; i++)
        suggest_candidate(&suggestion, builtins[i].name);
    for (int dtype = 0; dtype < DT_COUNT && types; dtype++)
        suggest_candidate(&suggestion, dtype_table[dtype].name);
    return suggestion.best;
}

/* Modules of Python whose functions are written here without them. */
static bool is_foreign_module(const char *word)
{
    return !strcmp(word, "np") || !strcmp(word, "numpy") || !strcmp(word, "math");
}

/* Names that a Python program has by itself, and what stands for them here. */
static const struct {
    const char *word, *help;
} python_names[] = {
    {"range", "a loop over numbers is `for i in 0..n { .. }`"},
    {"print", "`show x` prints a value"},
    {"len", "`x.shape[0]` is the extent of the first axis, `x.size` of all"},
    {"array", "a list is a tensor: `[1, 2]`; a cast gives it a dtype: `f32([1, 2])`"},
    {"asarray", "a list is a tensor: `[1, 2]`; a cast gives it a dtype: `f32([1, 2])`"},
    {"int", "the type of integers is `i64`"},
    {"float", "the type of floats is `f64`"},
    {"random", "random numbers are inputs (`x=uniform:1`), or come from a function of the program"},
};

/* Is the name one of Python's? Then the message says what to write. */
static bool suggest_for_python(struct checker *cx, struct diag *diag, name word, struct loc loc)
{
    struct loc behind = {loc.file, loc.end, loc.end};
    if (is_foreign_module(word) && source_begins(cx, behind, ".")) {
        sema_edit(cx, diag, (struct loc){loc.file, loc.begin, loc.end + 1},
                  "functions and constants need no module", "%s", "");
        return true;
    }
    for (size_t i = 0; i < sizeof python_names / sizeof *python_names; i++)
        if (!strcmp(word, python_names[i].word)) {
            sema_help(cx, diag, "%s", python_names[i].help);
            return true;
        }
    return false;
}

void report_unknown_name(struct checker *cx, name word, struct loc loc)
{
    struct diag *diag = sema_error(cx, AB0201, loc, "unknown name `%s`", word);
    const struct inst *inst = cx->pass ? cx->pass->inst : NULL;
    if (inst && inst->decl->bound_to == word) {
        sema_help(cx, diag, "a lambda cannot name itself: declare a function with `fn`");
        return;
    }
    if (suggest_for_python(cx, diag, word, loc))
        return;
    const char *best = diag ? suggest_name(cx, word, loc, SUGGEST_NAMES) : NULL;
    if (best)
        sema_edit(cx, diag, loc, "did you mean this one?", "%s", best);
}
