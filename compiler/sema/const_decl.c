/* `const` and -D (L18): order, cycles, and what is known at compile time. */
#include "sema/tensor.h"

#include <stdlib.h>
#include <string.h>

/* A constant that calls the C library is worked out again at each use: not without end. */
enum { RECOMPUTED_MAX_SIZE = 1000 };

/* ---- which constants a constant uses --------------------------------------------------------- */

struct reference {
    struct decl *to;
    struct loc loc;
};

struct references {
    VEC(struct reference) list;
    uint32_t size; /* operations in the expression */
};

/* `N` or `module.N`; NULL if the expression is no constant's name. */
static struct decl *constant_named(const struct checker *cx, const struct ast_expr *expr)
{
    bool is_qualified = expr->kind == AST_FIELD && expr->left->kind == AST_NAME;
    if (expr->kind != AST_NAME && !is_qualified)
        return NULL;
    const struct module *module = module_at(cx, expr->loc);
    if (is_qualified) {
        const struct decl *import = map_get(&module->names, (uintptr_t)expr->left->name);
        if (!import || !import->module)
            return NULL;
        module = import->module;
    }
    struct decl *decl = map_get(&module->names, (uintptr_t)expr->name);
    return decl && decl->ast->kind == AST_CONST ? decl : NULL;
}

static void find_references(struct checker *cx, const struct ast_expr *expr,
                            struct references *into)
{
    if (!expr)
        return;
    into->size++;
    struct decl *decl = constant_named(cx, expr);
    if (decl) {
        struct reference reference = {decl, expr->loc};
        vec_push(cx->memory, &into->list, reference);
        return;
    }
    find_references(cx, expr->left, into);
    find_references(cx, expr->right, into);
    for (uint32_t i = 0; i < expr->args.len; i++)
        find_references(cx, expr->args.at[i].expr, into);
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        find_references(cx, expr->indexes.at[i].expr, into);
        find_references(cx, expr->indexes.at[i].stop, into);
        find_references(cx, expr->indexes.at[i].step, into);
    }
}

static void find_in_type(struct checker *cx, const struct ast_type *type, struct references *into)
{
    for (uint32_t i = 0; i < type->extents.len; i++)
        find_references(cx, type->extents.at[i], into);
    for (uint32_t i = 0; i < type->parts.len; i++)
        find_in_type(cx, type->parts.at[i], into);
}

static void find_constants(struct checker *cx, const struct decl *decl, struct references *into)
{
    find_references(cx, decl->ast->expr, into);
    if (decl->ast->type)
        find_in_type(cx, decl->ast->type, into);
}

static void report_cycle(struct checker *cx, struct decl *decl, struct loc loc)
{
    struct diag *diag =
        sema_error(cx, AB0206, loc, "`%s` is needed for its own value", decl->ast->name);
    sema_note(cx, diag, decl->ast->name_loc, "declared here");
    decl->constant.is_bad = true;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A walk outside of functions: no locals, messages are given. */
static struct pass *constant_pass(struct checker *cx)
{
    struct pass *pass = ARENA_NEW(cx->arena, struct pass);
    pass->is_final = true;
    pass->flow.is_reachable = true;
    pass->locals = map_new(cx->arena);
    pass->typed = ARENA_NEW(cx->arena, struct instance);
    return pass;
}

struct operand check_constant_expr(struct checker *cx, const struct ast_expr *expr)
{
    struct pass *outer = cx->pass;
    if (!outer)
        cx->pass = constant_pass(cx);
    bool before = cx->pass->in_constant;
    cx->pass->in_constant = true;
    struct operand value = check_expr(cx, expr, NULL);
    if (value.ty->kind == TY_META) {
        sema_error(cx, AB0210, expr->loc, "a dtype is not a value");
        value = op_error(cx, expr->loc);
    }
    cx->pass->in_constant = before;
    if (!outer)
        finish_report(cx);
    cx->pass = outer;
    return value;
}

static struct constant *named_copy(struct checker *cx, const struct constant *constant)
{
    struct constant *copy = ARENA_NEW(cx->arena, struct constant);
    *copy = *constant;
    copy->is_named = true;
    if (constant->parts) {
        copy->placed = ARENA_NEW(cx->arena, struct placed_elements);
        copy->parts = ARENA_ARRAY(cx->arena, const struct constant *, constant->len);
        for (uint32_t i = 0; i < constant->len; i++)
            copy->parts[i] = named_copy(cx, constant->parts[i]);
    }
    return copy;
}

static bool is_fully_known(const struct constant *constant, const struct ty *ty)
{
    if (!constant)
        return false;
    for (uint32_t i = 0; i < ty->parts.len; i++) /* elements of a tensor are known */
        if (!is_fully_known(constant->parts[i], ty->parts.at[i]))
            return false;
    return true;
}

static struct operand known_operand(struct checker *cx, struct loc loc,
                                    const struct constant *constant, const struct ty *ty)
{
    struct operand operand = {.ty = ty, .constant = constant, .loc = loc};
    if (ty_is_compound(ty)) {
        operand.parts = ARENA_ARRAY(cx->memory, struct operand, ty->parts.len);
        for (uint32_t i = 0; i < ty->parts.len; i++)
            operand.parts[i] =
                known_operand(cx, loc, constant->parts[i], ty->parts.at[i]);
    } else if (!ty_is_weak(ty)) {
        settle_operand(cx, &operand);
    }
    return operand;
}

static struct operand initial_value(struct checker *cx, struct decl *decl)
{
    struct expectation who = {.what = arena_printf(cx->memory, "`%s`", decl->ast->name),
                              .loc = decl->ast->name_loc};
    struct operand value = check_constant_expr(cx, decl->ast->expr);
    return decl->constant.ty ? convert_operand(cx, value, decl->constant.ty, &who) : value;
}

static void visit_constant(struct checker *cx, struct decl *first);

/* Types may need constants before all of them have been visited: `f64[N]`. */
static void find_out(struct checker *cx, struct decl *decl, struct loc loc)
{
    if (decl->constant.state == CONST_BUSY && !decl->constant.is_bad) {
        report_cycle(cx, decl, loc);
    } else if (decl->constant.state == CONST_TODO) {
        struct pass *outer = cx->pass;
        cx->pass = NULL;
        visit_constant(cx, decl);
        cx->pass = outer;
    }
}

static struct operand constant_value(struct checker *cx, struct decl *decl, struct loc loc)
{
    struct constant_decl *constant = &decl->constant;
    find_out(cx, decl, loc);
    if (constant->state != CONST_DONE || constant->is_bad)
        return op_error(cx, loc);
    if (!constant->needs_call)
        return known_operand(cx, loc, constant->value, constant->value_ty);
    struct operand value = initial_value(cx, decl);
    value.loc = loc;
    return value;
}

struct operand use_constant(struct checker *cx, struct decl *decl, struct loc loc)
{
    const struct ast_decl *sized = cx->sized;
    cx->sized = NULL; /* its value does not see the sizes of who uses it */
    struct operand value = constant_value(cx, decl, loc);
    cx->sized = sized;
    return value;
}

/* ---- -D -------------------------------------------------------------------------------------- */

static const struct loc nowhere = {0, 0, 0};

/* A literal of the command line: [-] number, true, false. NULL type if it is none. */
static struct operand define_value(struct checker *cx, const char *text)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    size_t hex = strspn(digits, "0123456789abcdefABCDEFxX_");
    bool is_digit = digits[0] >= '0' && digits[0] <= '9';
    int128 value;
    char *end;
    if (!strcmp(text, "true") || !strcmp(text, "false")) {
        const struct constant *truth = constant_bool(cx->memory, text[0] == 't');
        return known_operand(cx, nowhere, truth, cx->types.scalars[DT_BOOL]);
    }
    if (!is_digit)
        return (struct operand){0};
    if (!digits[hex] && (digits[1] == 'x' || !strpbrk(digits, "abcdefABCDEFxX_"))
        && constant_read_int(digits, &value)) {
        const struct constant *integer = constant_int(cx->memory, negative ? -value : value);
        return op_weak(cx, nowhere, DT_WEAK_INT, integer);
    }
    double real = strtod(digits, &end);
    if (*end || !strpbrk(digits, ".eE"))
        return (struct operand){0};
    return op_weak(cx, nowhere, DT_WEAK_FLOAT, constant_float(cx->memory, negative ? -real : real));
}

static const char *wanted_text(struct checker *cx, const struct ty *ty)
{
    if (ty_is_bool(ty))
        return "true or false";
    if (!ty_is_weak(ty))
        return text_of(cx, ty);
    return dtype_is_integer(ty_dtype(ty)) ? "an integer" : "a number";
}

/* -D gives a value of the type that the constant has anyway. */
static struct operand defined_value(struct checker *cx, struct decl *decl,
                                    const struct sema_define *define, struct operand original)
{
    struct operand value = define_value(cx, define->value);
    if (ty_is_unsure(original.ty))
        return original;
    if (!value.ty) {
        sema_error(cx, AB0212, define->loc, "-D %s=%s: a number, true or false is needed",
                   define->name, define->value);
    } else if (!ty_is_scalar(original.ty)) {
        sema_error(cx, AB0212, define->loc, "-D %s=%s: `%s` is no scalar", define->name,
                   define->value, define->name);
    } else if (!converts(value.ty, original.ty)
               || (ty_is_bool(value.ty) != ty_is_bool(original.ty))
               || (value.constant->kind == CONSTANT_INT && dtype_is_integer(ty_dtype(original.ty))
                   && !int_fits(value.constant->integer, ty_dtype(original.ty)))) {
        struct diag *diag =
            sema_error(cx, AB0212, define->loc, "-D %s=%s: `%s` takes %s", define->name, define->value,
                       define->name, wanted_text(cx, original.ty));
        sema_note(cx, diag, decl->ast->name_loc, "declared here");
    } else {
        decl->constant.is_defined = true;
        return convert_operand(cx, value, original.ty, NULL);
    }
    return op_error(cx, nowhere);
}

/* `N` of the main file, `module.N` of a file that it imports; NULL if there is no such constant. */
static struct decl *defined_decl(struct checker *cx, const char *word)
{
    const struct module *module = cx->modules.at[0];
    const char *dot = strchr(word, '.');
    if (dot) {
        name qualifier = name_of(cx->names, word, (size_t)(dot - word));
        const struct decl *import = map_get(&module->names, (uintptr_t)qualifier);
        if (!import || !import->module)
            return NULL;
        module = import->module;
        word = dot + 1;
    }
    struct decl *decl = map_get(&module->names, (uintptr_t)name_of_text(cx->names, word));
    return decl && decl->ast->kind == AST_CONST ? decl : NULL;
}

static const struct sema_define *define_of(struct checker *cx, const struct decl *decl)
{
    const struct sema_define *last = NULL; /* as with C compilers, the last one counts */
    for (uint32_t i = 0; cx->options && i < cx->options->defines.len; i++)
        if (defined_decl(cx, cx->options->defines.at[i].name) == decl)
            last = &cx->options->defines.at[i];
    return last;
}

/* All names that -D could take. */
static void suggest_constants(struct checker *cx, const struct module *module, const char *prefix,
                              struct suggestion *suggestion)
{
    for (uint32_t i = 0; i < module->file->decls.len; i++) {
        const struct decl *decl = &module->decls[i];
        if (decl->ast->kind == AST_CONST)
            suggest_candidate(suggestion,
                              arena_printf(cx->arena, "%s%s", prefix, decl->ast->name));
        else if (decl->ast->kind == AST_IMPORT && decl->module && !*prefix)
            suggest_constants(cx, decl->module, arena_printf(cx->arena, "%s.", decl->ast->name),
                              suggestion);
    }
}

static void check_defines(struct checker *cx)
{
    for (uint32_t i = 0; cx->options && i < cx->options->defines.len; i++) {
        const char *word = cx->options->defines.at[i].name;
        struct suggestion suggestion = {.wanted = word};
        if (defined_decl(cx, word))
            continue;
        suggest_constants(cx, cx->modules.at[0], "", &suggestion);
        struct diag *diag =
            sema_error(cx, AB0211, cx->options->defines.at[i].loc, "-D %s: the file has no such constant", word);
        if (suggestion.best)
            sema_help(cx, diag, "did you mean `%s`?", suggestion.best);
    }
}

/* ---- all constants, each after those it uses ------------------------------------------------- */

static void evaluate(struct checker *cx, struct decl *decl, const struct references *uses)
{
    struct constant_decl *constant = &decl->constant;
    uint32_t before = cx->diags->errors;
    if (decl->ast->type)
        constant->ty = resolve_type(cx, decl->ast->type);
    struct operand value = initial_value(cx, decl);
    const struct sema_define *define = define_of(cx, decl);
    if (define)
        value = defined_value(cx, decl, define, value);
    const struct constant *known = op_constant(cx, &value);
    constant->state = CONST_DONE;
    constant->is_bad |= ty_is_unsure(value.ty) || cx->diags->errors > before;
    constant->value_ty = value.ty;
    if (constant->is_bad)
        return;
    if (is_fully_known(known, value.ty)) {
        constant->value = named_copy(cx, known);
        return;
    }
    constant->needs_call = true;
    constant->size = uses->size;
    for (uint32_t i = 0; i < uses->list.len; i++)
        if (uses->list.at[i].to->constant.needs_call)
            constant->size += uses->list.at[i].to->constant.size;
    if (constant->size > RECOMPUTED_MAX_SIZE) {
        sema_error(cx, AB0210, decl->ast->name_loc,
                   "`%s` needs library functions and is too large to be computed at each use",
                   decl->ast->name);
        constant->is_bad = true;
    }
}

struct visit {
    struct decl *decl;
    struct references uses;
    uint32_t next;
};

/* Depth first without recursion: chains of constants may be long. */
static void visit_constant(struct checker *cx, struct decl *first)
{
    VEC(struct visit) stack = {0};
    struct visit *top = vec_add(cx->memory, &stack);
    top->decl = first;
    first->constant.state = CONST_BUSY;
    find_constants(cx, first, &top->uses);
    while (stack.len) {
        top = &vec_last(&stack);
        if (top->next == top->uses.list.len) {
            evaluate(cx, top->decl, &top->uses);
            stack.len--;
            continue;
        }
        struct reference *reference = &top->uses.list.at[top->next++];
        struct decl *to = reference->to;
        if (to->constant.state == CONST_BUSY && !to->constant.is_bad) {
            report_cycle(cx, to, reference->loc);
        } else if (to->constant.state == CONST_TODO) {
            to->constant.state = CONST_BUSY;
            top = vec_add(cx->memory, &stack);
            top->decl = to;
            find_constants(cx, to, &top->uses);
        }
    }
}

void check_constants(struct checker *cx)
{
    check_defines(cx);
    for (uint32_t i = 0; i < cx->decl_count; i++)
        if (cx->decls[i].ast->kind == AST_CONST && cx->decls[i].constant.state == CONST_TODO)
            visit_constant(cx, &cx->decls[i]);
}
