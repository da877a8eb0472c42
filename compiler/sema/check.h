/* The checker's own picture of a program, shared by its files. One walk over the syntax tree does
 * everything: while types are being inferred it runs muted, in scratch memory, as often as needed;
 * a last time, with all types known, it reports and leaves the typed program behind. */
#ifndef ABCC_SEMA_CHECK_H
#define ABCC_SEMA_CHECK_H

#include "sema/constant.h"
#include "sema/sema.h"
#include "sema/types.h"

#define NONE UINT32_MAX

/* ---- declarations ---------------------------------------------------------------------------- */

struct signature { /* of a function */
    const struct ty **params; /* NULL elements: not annotated; may be open */
    bool *bad_default;        /* the default value has been reported */
    const struct typed_expr **defaults; /* of parameters with a type; NULL elements: none */
    const struct ty *result;  /* NULL: not declared, or it names sizes */
    bool *is_sized;           /* types that name size parameters: known in instances only */
    bool result_is_sized;
    bool is_generic;          /* a parameter without a full type */
    bool is_bad;              /* has been reported: calls are silent */
    uint32_t max_depth;
    uint64_t budget;
    enum inline_attr inline_attr;
    bool is_sync;
};

enum const_state { CONST_TODO, CONST_BUSY, CONST_DONE };

struct constant_decl { /* `const` */
    enum const_state state;
    const struct ty *ty;        /* annotation, NULL without */
    bool is_bad;                /* has been reported: its uses are silent */
    bool is_defined;            /* by -D */
    bool needs_call;            /* not foldable: worked out again at each use (L18) */
    uint32_t size;              /* operations in it and in what it uses */
    const struct constant *value;
    const struct ty *value_ty;
};

struct capture { /* a name that a lambda takes from around it */
    name name;
    struct loc loc;      /* where it is used */
    struct loc declared;
};
struct captures {
    struct capture *at;
    uint32_t len, cap;
};

/* A file: of it or imported. */
struct module {
    const struct ast_file *file;
    struct map names;  /* name -> struct decl */
    struct decl *decls;
};

struct decl {
    const struct ast_decl *ast; /* of a lambda: made of it */
    struct module *module; /* IMPORT: what it names; NULL: reported */
    uint32_t number; /* in the text */
    bool is_used;
    const struct ty *struct_ty; /* open if generic; error if wrong */
    bool struct_busy;
    struct signature sig; /* FN and TEST */
    struct constant_decl constant;
    uint32_t inst_count;
    bool is_walked;  /* for good, in some instance */
    bool is_lambda, endless_reported;
    name bound_to;   /* the `let` that a lambda stands in, NULL without */
    struct captures captures;
};

/* ---- values ---------------------------------------------------------------------------------- */

/* What an expression has been found to be. */
struct operand {
    const struct ty *ty;             /* never NULL; may be weak, unknown, error, never, a dtype */
    struct typed_expr *expr;         /* of the settled type. NULL: a weak constant or a literal that
                                      * has met no type yet (see settle_operand), or a mistake */
    const struct constant *constant; /* NULL: not known at compile time */
    struct operand *parts;           /* of a tuple or struct that was just written out, else NULL */
    struct loc loc;
};

/* ---- names in a function --------------------------------------------------------------------- */

enum local_kind { LOCAL_LET, LOCAL_VAR, LOCAL_PARAM, LOCAL_LOOP, LOCAL_SIZE, LOCAL_CAPTURE };

struct local {
    enum local_kind kind;
    name name;
    struct loc loc;
    struct loc keyword;              /* `let`, for the edit that makes it `var` */
    const struct ty *ty;
    const struct constant *constant; /* of a `let`, a size */
    const struct ty *named;          /* the shared array or run-time extent it is, or NULL */
    var_id var;                      /* NONE for dtypes and weak constants that no variable holds */
    struct typed_expr *view;         /* of a `let` of run-time extents: stands at each use */
    uint32_t slot;                   /* of the weak type to be fixed (L10), else NONE */
    uint32_t flow_bit;               /* of a `var` without value, else NONE */
    bool is_inout, is_read, is_written;
    bool is_read_weak;               /* before its type was fixed: then the walk must start anew */
    bool is_passing;                 /* weak for this walk only: its value has read such variables */
    struct local *outer;             /* of the same name, hidden by this one */
    struct local *next;              /* of the same scope */
};

struct scope {
    struct local *first, *last;
    struct scope *outer;
};

/* Which `var`s declared without value have one now (L25). */
struct flow {
    bool is_reachable; /* false: everything counts as set */
    uint64_t *words;
    uint32_t len;
};

struct loop {
    struct flow after; /* joined from the breaks */
    struct loop *outer;
};

/* The type of a `var` that began weak, found over several passes (L10). Once fixed it stays. */
struct slot {
    const struct ty *fixed; /* NULL: not yet; weak leaves are still to be fixed */
    const struct ty *seen;  /* at the end of this pass, NULL if it was not declared */
    bool is_written;        /* a weak parameter that is assigned: becomes a variable */
    bool is_waiting;        /* what is stored first in this pass has read weak variables */
};

/* ---- instances ------------------------------------------------------------------------------- */

enum inst_state { INST_NEW, INST_ACTIVE, INST_DONE };

struct inst_stack {
    struct inst **at;
    uint32_t len, cap;
};

/* A function with the types of its arguments. */
struct inst {
    struct decl *decl;
    const struct ty **params;
    const struct ty *function;    /* of a lambda: says what has been captured */
    const int64_t *sizes;         /* of the size parameters, which follow from the types */
    const struct ty *stated;      /* result type as declared; NULL: to be inferred */
    const struct ty *open_result; /* declared with open parts: each return fills them in */
    const struct ty *result; /* joined so far; final when DONE */
    enum inst_state state;
    uint32_t index, low;     /* of Tarjan's algorithm, over the calls */
    bool calls_itself, never_returns;
    struct inst_stack pending; /* callees to be done before the next walk */
    bool is_probe;           /* parameters of unknown type: checked for its own mistakes only */
    bool is_final;           /* in the queue of the final pass */
    bool is_reached;         /* from an export or a test: part of the program */
    struct inst *caller;     /* who needed it first */
    struct loc call_loc;
    uint32_t nesting;        /* instances of the same function up the chain of callers */
    VEC(struct slot) slots;  /* parameters, then `var`s in the order of the text */
    bool waits_in_ring;      /* its weak variables wait for each other: the first must not */
    struct instance *typed;
    struct inst *next_same_hash;
};

/* ---- one walk over a body -------------------------------------------------------------------- */

struct pass {
    struct inst *inst;
    struct instance *typed; /* gets the variables */
    bool is_final;          /* reports, and keeps what it makes */
    struct map locals;      /* name -> struct local, the innermost */
    struct scope *scope;
    struct flow flow;
    uint32_t flow_bits, next_slot;
    struct loop *loop;
    bool dead_code_reported;
    name bound_to;          /* the `let` whose value is being checked, if that is a lambda */
    bool in_update;         /* `place op= e`: what the place takes says which type is meant */
    const struct ty *returns;          /* joined */
    bool returns_value, returns_plain;
    struct loc value_loc, plain_loc;   /* the first of each */
    bool in_constant;                  /* checking an initialiser: no locals, no calls */
    struct inst_stack *pending;        /* gets the callees that have no result yet */
    bool slots_changed;                /* types were fixed: walk again */
    bool is_stale;                     /* types that were fixed have been used before that */
    VEC(const struct local *) weak_reads; /* of variables whose type is still to be fixed */
};

struct unused { /* a name that nothing reads, for a warning at the end */
    enum diag_code code;
    struct loc loc;
    name name;
    const char *message;
    bool offers_edit;
};

struct checker {
    struct arena *arena;   /* lives as long as the typed program */
    struct arena *memory;  /* of this pass: scratch, or `arena` in the final one */
    struct names *names;
    struct diags *diags;
    const struct sema_options *options;
    const struct ast_file *file;
    struct types types;
    struct typed_prog *prog;
    VEC(struct module *) modules; /* the main file first */
    struct module **module_of_file;
    struct decl *decls;    /* of all modules, in their order */
    uint32_t decl_count;
    struct map inst_hash;
    uint32_t inst_count, next_index;
    struct inst_stack queue;   /* for the final pass */
    struct inst_stack open;    /* of Tarjan's algorithm */
    struct pass *pass;
    struct map warned;         /* (code, place): a generic body is checked more than once */
    struct diag *needs_context;
    VEC(struct unused) unused;
    uint32_t struct_depth;
    const struct ast_decl *sized; /* whose sizes can be named in the type being resolved, or NULL */
    const int64_t *sizes;
    bool is_silent, endless_reported;
    struct map function_decls;    /* ast_decl -> decl, of functions and lambdas */
    struct map lambda_decls;      /* ast_expr -> decl */
    VEC(const struct ty *) lambdas; /* that stand in functions walked for good */
};

/* report.c: every message of the checker. NULL (and all may be given NULL) when muted. */
struct diag *sema_error(struct checker *cx, enum diag_code code, struct loc loc,
                        const char *format, ...) AB_PRINTF(4, 5);
struct diag *sema_warn(struct checker *cx, enum diag_code code, struct loc loc,
                       const char *format, ...) AB_PRINTF(4, 5);
struct diag *sema_not_yet(struct checker *cx, struct loc loc, const char *what);
void sema_note(struct checker *cx, struct diag *diag, struct loc loc, const char *format, ...)
    AB_PRINTF(4, 5);
void sema_help(struct checker *cx, struct diag *diag, const char *format, ...) AB_PRINTF(3, 4);
void sema_edit(struct checker *cx, struct diag *diag, struct loc loc, const char *label,
          const char *format, ...) AB_PRINTF(5, 6);
void finish_report(struct checker *cx); /* adds to the last error how its instance came about */
const char *text_of(struct checker *cx, const struct ty *ty);
const char *source_text(struct checker *cx, struct loc loc);
bool source_begins(struct checker *cx, struct loc loc, const char *chars);
const char *instance_text(struct checker *cx, const struct inst *inst);

/* scope.c: what a name means. */
enum found_kind {
    FOUND_NOTHING,
    FOUND_LOCAL,
    FOUND_DECL,
    FOUND_BUILTIN,
    FOUND_NUMBER, /* pi e inf nan */
    FOUND_DTYPE,
    FOUND_LATER   /* an operation of the language that this version does not have */
};
struct found {
    enum found_kind kind;
    struct local *local;
    struct decl *decl;
    const struct builtin *builtin;
    double number;
    enum dtype dtype;
};
void scope_open(struct checker *cx);
void scope_close(struct checker *cx);
struct local *declare_local(struct checker *cx, enum local_kind kind, name word, struct loc loc,
                            const struct ty *ty);
var_id declare_var(struct checker *cx, name word, struct loc loc, const struct ty *ty);
/* What a name means that stands at `loc`. */
struct found find_name(struct checker *cx, name word, struct loc loc);
struct found find_type_name(struct checker *cx, name word, struct loc loc);
void report_unknown_name(struct checker *cx, name word, struct loc loc);
enum suggest_kind { SUGGEST_NAMES, SUGGEST_TYPES };
const char *suggest_name(struct checker *cx, name word, struct loc loc, enum suggest_kind kind);
/* The best of some candidates, kept in *best. */
struct suggestion {
    const char *wanted, *best;
    uint32_t distance;
};
void suggest_candidate(struct suggestion *suggestion, const char *candidate);

/* module.c */
void collect_modules(struct checker *cx);
struct module *module_at(const struct checker *cx, struct loc loc);
bool is_main_module(const struct checker *cx, const struct decl *decl);
/* The import that a name means; NULL: it means something else, or it is no name. */
struct decl *find_module(struct checker *cx, const struct ast_expr *expr);
/* A declaration of an imported module. NULL after a message. */
struct decl *find_member(struct checker *cx, struct decl *import, name word, struct loc loc,
                         enum suggest_kind kind);
void report_no_module(struct checker *cx, const char *word, struct loc loc);
struct decl *find_imported_type(struct checker *cx, const struct ast_type *type);
void warn_unused_imports(struct checker *cx);

/* flow.c */
struct flow flow_copy(struct checker *cx, const struct flow *flow);
void flow_join(struct checker *cx, struct flow *into, const struct flow *from);
void flow_set(struct checker *cx, struct flow *flow, uint32_t bit);
void flow_unset(struct flow *flow, uint32_t bit);
bool flow_has(const struct flow *flow, uint32_t bit);
struct flow flow_dead(void);

/* tree.c: nodes of the typed program and simple operands. */
struct typed_expr *tx_new(struct checker *cx, enum typed_expr_kind kind, struct loc loc,
                          const struct ty *ty);
struct typed_expr *tx_const(struct checker *cx, struct loc loc, enum dtype dtype,
                            union scalar scalar);
struct typed_expr *tx_var(struct checker *cx, struct loc loc, var_id var, const struct ty *ty);
struct typed_expr *tx_op(struct checker *cx, struct loc loc, enum op op, enum dtype result,
                         struct typed_expr *const *args);
struct typed_expr *tx_cast(struct checker *cx, struct typed_expr *expr, const struct ty *to);
/* To a shape that it fits, and that a type can have. */
struct typed_expr *tx_broadcast(struct checker *cx, struct typed_expr *expr,
                                const struct shape *shape);
struct typed_expr *tx_part(struct checker *cx, struct loc loc, struct typed_expr *whole,
                           uint32_t part);
struct typed_stmt *ts_new(struct checker *cx, enum typed_stmt_kind kind, struct loc loc);
/* A variable of the checker's own, set in `block`; gives a reading of it. Constants and shared arrays
 * stand for themselves, and expressions of run-time extents are made of variables. */
struct typed_expr *tx_hold(struct checker *cx, struct typed_block *block, struct typed_expr *value);
/* The same for a value of static extents: a variable in any case. */
struct typed_expr *tx_hold_var(struct checker *cx, struct typed_block *block,
                               struct typed_expr *value);
/* The statements, then the value: one expression. */
struct typed_expr *tx_block(struct checker *cx, struct typed_block *block,
                            struct typed_expr *value);
/* Operands whose order (written[i]: the place of operand i in the text) is not that of evaluation:
 * where it could be seen they are held in a block, in written order. NULL if there is no need. */
struct typed_block *hold_in_order(struct checker *cx, struct operand *operands,
                                  const uint32_t *written, uint32_t count);
bool tx_is_total(const struct typed_expr *expr);  /* may be left out: no fault, no effect */
bool tx_is_simple(const struct typed_expr *expr); /* may stand twice: no effect, no cost */
struct operand op_error(struct checker *cx, struct loc loc);
struct operand op_unknown(struct checker *cx, struct loc loc);
struct operand op_value(struct loc loc, struct typed_expr *expr, const struct ty *ty);
struct operand op_never_after(struct checker *cx, struct loc loc, struct operand *operands,
                              uint32_t count);
struct operand op_weak(struct checker *cx, struct loc loc, enum dtype dtype,
                       const struct constant *constant);
struct operand op_part(struct checker *cx, struct operand whole, uint32_t part, struct loc loc);
/* What is known of an operand at compile time, parts included; NULL if nothing. */
const struct constant *op_constant(struct checker *cx, struct operand *operand);

/* convert.c: implicit conversions and casts. */
struct expectation { /* for the message: who wants the type */
    const char *what; /* "argument `n` of `fib`" */
    struct loc loc;   /* declared there; may be none */
    bool began_weak;  /* a variable whose type comes from its first value (L10) */
};
struct operand convert_operand(struct checker *cx, struct operand operand, const struct ty *to,
                       const struct expectation *who);
bool converts(const struct ty *from, const struct ty *to);
struct operand cast_to(struct checker *cx, struct operand operand, enum dtype dtype,
                       struct loc loc);
/* Its tree, of the settled type; weak constants that do not fit are reported. */
struct typed_expr *settle_operand(struct checker *cx, struct operand *operand);
struct typed_expr *place_constant(struct checker *cx, struct loc loc,
                                  const struct constant *constant, enum dtype to);

/* expr.c, operator.c, builtin.c, call.c, structure.c: `expected` may be NULL; only forms made of
 * others (if, tuples, struct literals) look at it. */
struct operand check_expr(struct checker *cx, const struct ast_expr *expr,
                          const struct ty *expected);
struct operand check_value(struct checker *cx, const struct ast_expr *expr,
                           const struct ty *to, const struct expectation *who);
struct operand check_condition(struct checker *cx, const struct ast_expr *expr, const char *where);
struct operand check_if(struct checker *cx, const struct ast_expr *expr, bool wants_value,
                        const struct ty *expected);
struct operand use_local(struct checker *cx, struct local *local, struct loc loc);
struct operand check_unary(struct checker *cx, const struct ast_expr *expr);
struct operand check_binary(struct checker *cx, const struct ast_expr *expr);
struct operand check_operator(struct checker *cx, enum ast_op op, struct loc loc,
                              struct operand left, struct operand right,
                              const struct ast_expr *right_ast);
struct operand apply_rule(struct checker *cx, struct loc loc, const char *what,
                          const struct dtype_rule *rule, struct operand *args, uint32_t count);
struct operand check_power(struct checker *cx, struct loc loc, struct operand base,
                     struct operand exponent, bool is_literal);
bool is_number_literal(const struct ast_expr *expr); /* with or without a sign */
struct operand check_same(struct checker *cx, struct loc loc, bool negated, struct operand left,
                    struct operand right, const char *what);
void warn_constant_condition(struct checker *cx, const struct operand *condition,
                             const char *where);
struct operand check_call(struct checker *cx, const struct ast_expr *expr);
struct operand check_builtin_call(struct checker *cx, const struct ast_expr *expr,
                                  const struct builtin *builtin);
struct operand check_cast_call(struct checker *cx, const struct ast_expr *expr, enum dtype dtype);
/* A call `x.f(..)` of a function that is a method of tensors. False: there is no such method. */
bool check_method(struct checker *cx, const struct ast_expr *expr, struct operand *result);
struct operand check_astype(struct checker *cx, const struct ast_expr *expr);
/* Binds arguments to parameters by position and name: order[i] is the argument of parameter i, or
 * NONE. False after an error. */
struct param_view {
    name name;
    bool has_default;
};
bool bind_args(struct checker *cx, const struct ast_expr *call, const char *callee,
               struct loc declared, const struct param_view *params, uint32_t count,
               uint32_t *order);
struct operand check_struct_literal(struct checker *cx, const struct ast_expr *expr,
                                    const struct ty *expected);
/* Which of wrong, unknown, never the whole is because of a part; NULL if it is none of them. */
const struct ty *spoiled(const struct operand *parts, uint32_t count);
struct operand check_tuple(struct checker *cx, const struct ast_expr *expr,
                           const struct ty *expected);
struct operand check_field(struct checker *cx, const struct ast_expr *expr);
/* Arguments and indexes of what is not known: for their own mistakes, and for what they read. */
void look_at_operands(struct checker *cx, const struct ast_expr *expr);
struct operand check_part(struct checker *cx, const struct ast_expr *expr);
/* The part that `.name`, `.0` or `[0]` names, or NONE after an error. */
uint32_t find_part(struct checker *cx, const struct ast_expr *expr, const struct ty *whole);

/* capture.c, lambda.c, shared.c: function values, shared arrays, run-time extents. */
void find_captures(struct checker *cx, const struct ast_expr *lambda, struct captures *found);
struct operand check_lambda(struct checker *cx, const struct ast_expr *expr);
struct operand use_function(struct checker *cx, struct decl *decl, struct loc loc);
struct operand use_builtin(struct checker *cx, const struct builtin *builtin, struct loc loc);
/* To a type `fn(..) -> ..`: its calls convert to the types named there. */
struct operand annotate_function(struct checker *cx, struct operand operand, const struct ty *to,
                                 const struct expectation *who);
struct operand use_named(struct checker *cx, const struct ty *named, struct loc loc);
/* Where only values can stand: true after a message, for shared arrays and function values. */
enum name_use { NAME_STORED, NAME_FIELD, NAME_PART, NAME_RESULT, NAME_CHOSEN };
bool refuse_name(struct checker *cx, const struct operand *operand, enum name_use use);
/* size.c: the local that a size parameter is in types outside of bodies, or NULL. */
struct local *find_size(struct checker *cx, name word);

/* place.c: what can be stored to. */
struct place {
    struct typed_place *typed; /* NULL: dropped, or not usable */
    const struct ty *ty;       /* as the checker sees it, may be weak, unknown or error */
    struct local *local;
    struct loc loc;
};
enum place_use { PLACE_STORE, PLACE_UPDATE, PLACE_INOUT };
struct place check_place(struct checker *cx, const struct ast_expr *expr, enum place_use use);
/* The type of the place, after that of its variable has been fixed. */
void refresh_place(struct checker *cx, struct place *place);
void mark_stored(struct checker *cx, const struct place *place);
bool is_region(const struct place *place); /* elements of a tensor: what is stored is broadcast */
/* The indexes of a place have the values that they have now (L1). */
void hold_indexes(struct checker *cx, struct typed_block *block, const struct place *place);
void check_assign(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);
void check_assign_op(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);
void check_declaration(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);

/* slot.c: weak variables (L10). */
uint32_t slot_of_next_var(struct checker *cx);
/* The type of a variable with a slot and a value of this type. */
const struct ty *slot_type(struct checker *cx, uint32_t slot, const struct ty *initial);
/* A variable, or a parameter that is assigned, whose type is still to be fixed. */
bool slot_is_unfixed(const struct checker *cx, const struct local *local);
/* Tells the weak variable behind a place what is stored into it; the value has made the reads from
 * number `reads` on. */
void slot_store(struct checker *cx, const struct place *place, const struct ty *stored,
                uint32_t reads);
/* Before and after a walk; true: types were fixed, walk again. */
void slots_begin(struct inst *inst);
bool slots_end(struct checker *cx, struct pass *pass);

/* stmt.c */
struct block_value {
    struct typed_block *typed;
    struct operand value; /* never if the end is not reached; () without a value */
};
struct block_value check_block(struct checker *cx, const struct ast_block *block, bool wants_value,
                               const struct ty *expected);
void check_stmt(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);
/* testing.c: assert, ~=, faults, show */
void check_assert(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);
void check_assert_close(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);
void check_assert_faults(struct checker *cx, const struct ast_stmt *stmt,
                         struct typed_block *block);
void check_show(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block);

/* attrs.c */
void check_decl_attrs(struct checker *cx, struct decl *decl);
bool check_stmt_attrs(struct checker *cx, const struct ast_stmt *stmt); /* true: @sync */

/* decl.c */
void collect_decls(struct checker *cx);
const struct ty *resolve_type(struct checker *cx, const struct ast_type *type);
const struct ty *struct_type(struct checker *cx, struct decl *decl);

/* const_decl.c */
void check_constants(struct checker *cx);
struct operand use_constant(struct checker *cx, struct decl *decl, struct loc loc);
/* An expression that must be known at compile time, checked outside of functions. */
struct operand check_constant_expr(struct checker *cx, const struct ast_expr *expr);

/* instance.c, infer.c */
struct inst_key {
    struct decl *decl;
    const struct ty *const *params;
    const struct ty *function; /* of a lambda */
    const int64_t *sizes;      /* follow from params */
};
/* `f(i64)` -> `f((i64, i64))` -> ..: the callers of an instance that are of the same function. */
const char *chain_text(struct checker *cx, const struct inst *last);
struct inst *find_instance(struct checker *cx, const struct inst_key *key, struct loc call_loc);
/* The result type a caller sees; unknown until there is one. */
const struct ty *instance_result(struct checker *cx, struct inst *inst);
void reach_instance(struct checker *cx, struct inst *inst, bool from_root);
void infer_instance(struct checker *cx, struct inst *root);
/* The declared result type, for the sizes of this instance. */
void state_result(struct checker *cx, struct inst *inst);
/* body.c: one walk over the body of an instance. */
void walk_body(struct checker *cx, struct pass *pass);

/* unused.c */
void warn_unused_locals(struct checker *cx, const struct scope *scope);
void warn_unused(struct checker *cx);

#endif
