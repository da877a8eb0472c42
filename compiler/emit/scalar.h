/* Scalar mode, inside: from a function's IR to a tree of C statements.
 *
 *   scalar_values  which values are variables, which are written where they are used
 *   scalar_expr    an expression as text
 *   scalar_tensor  tensors: arrays, what stands in their place, copies
 *   scalar_tree    blocks to loops, ifs and jumps, by the dominator tree
 *   scalar_print   declarations where they belong, and the text
 *   scalar         functions, entries, the unit */
#ifndef ABCC_EMIT_SCALAR_H
#define ABCC_EMIT_SCALAR_H

#include "analysis/analysis.h"
#include "emit/c_expr.h"
#include "emit/c_lines.h"
#include "emit/c_names.h"
#include "emit/nest.h"

/* A unit: what its functions know of each other. */
struct scalar_unit {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct emit_options *options;
    struct callgraph graph;
    struct kernel_set *kernels;
    struct nest_tables *tables;
    const char **names;  /* of C functions */
    const char **shared_names, **extent_names; /* members of struct ab_shared */
    bool *reached;       /* by an entry */
    bool *can_fault;     /* it or what it calls: so calls may come back without a result */
    bool *can_loop;      /* it or what it calls has loops (tail calls in a cycle are loops) */
    bool *needs_cx;      /* can_fault, or it asks for batch_index() */
    bool *needs_shared;  /* it or what it calls reads shared arrays or run-time extents */
};

struct variable {
    const char *name, *type;
    const char *dims;     /* "[100]" of an array, or NULL */
    bool is_param;        /* declared by the function's head */
    bool is_table;        /* a constant of the unit */
    uint32_t sets, reads; /* in the tree */
};

struct indexes {
    uint32_t *at;
    uint32_t len, cap;
};

/* A function on its way. */
struct scalar_func {
    struct scalar_unit *unit;
    struct arena *arena; /* the unit's */
    const struct ir_func *ir;
    func_id id;
    struct cfg cfg;
    struct loops loops;
    bool *needed, *inlined; /* per value: has a use; is written inside its one use */
    uint32_t *variable_of;  /* per value: index, or IR_NONE for what is not stored */
    VEC(struct variable) variables;
    struct name_scope *names; /* taken in this function */
    uint32_t temporaries;
    struct nests nests;
    struct nest_dialect dialect;
    uint32_t *array_of;     /* per buffer: variable, or IR_NONE */
    uint32_t *param_of;     /* per parameter: the variable that it comes in as */
    uint32_t *out_of;       /* per result that is a tensor: the variable, a pointer to where it goes */
    bool *returned_in_place; /* per result: its buffer is the caller's memory */
    const char **shared_names, **extent_names; /* locals, for those it reads */
    struct indexes *reads, writes; /* of the text at hand */
    const char *scalar_text; /* what the last nest gives, if that is a scalar */
};

enum stmt_kind {
    STMT_SET,      /* variable = text */
    STMT_DO,       /* text is a whole statement */
    STMT_TEXT,     /* text is lines of statements, indented among themselves */
    STMT_IF,       /* text is the condition; lists[0], lists[1] */
    STMT_LOOP,     /* for (;;) lists[0] */
    STMT_BREAK,
    STMT_CONTINUE,
    STMT_RETURN,   /* text: "return x;" */
    STMT_GOTO,     /* to the label of `block` */
    STMT_LABEL
};

struct stmts {
    struct stmt *at;
    uint32_t len, cap;
};

struct stmt {
    enum stmt_kind kind;
    const char *text, *negated; /* negated: of an if's condition */
    uint32_t variable;          /* SET */
    bool is_call;               /* SET: text has effects */
    struct indexes reads;       /* variables in text */
    struct indexes writes;      /* arrays that it writes elements of; there is no other effect */
    struct stmts lists[2];
    block_id block;             /* GOTO, LABEL */
    /* by scalar_print */
    struct indexes declares;    /* variables whose declarations stand before it */
    bool is_declaration;        /* SET: of its variable, with this value */
};

/* values */
void scalar_values(struct scalar_func *cx);
uint32_t scalar_variable_new(struct scalar_func *cx, const char *hint, const char *type);

/* expressions; variables they read are added to `reads` */
const char *scalar_c_type(enum dtype dtype); /* bool is `bool` */
const char *scalar_expr(struct scalar_func *cx, value_id value, struct indexes *reads);
struct c_expr scalar_expr_of(struct scalar_func *cx, value_id value, struct indexes *reads);
const char *scalar_condition(struct scalar_func *cx, value_id value, bool negated,
                             struct indexes *reads);
/* The text of an operation, though its value may be a variable. */
const char *scalar_op(struct scalar_func *cx, value_id value, struct indexes *reads);

/* A member of struct ab_shared, as a local of the function. */
const char *scalar_shared(struct scalar_func *cx, uint32_t symbol);
const char *scalar_extent(struct scalar_func *cx, uint32_t extent);

/* tensors */
bool scalar_is_tensor(const struct ir_func *ir, value_id value);
void scalar_nests(struct scalar_func *cx);   /* before values */
void scalar_arrays(struct scalar_func *cx);  /* after values */
/* Statements of an instruction with tensors. */
void scalar_tensor(struct scalar_func *cx, inst_id inst, struct stmts *list);
/* "memcpy(x, y, 100 * sizeof(double));" between variables. */
void scalar_copy(struct scalar_func *cx, uint32_t to, uint32_t from, const struct type *type,
                 struct stmts *list);
/* Arguments of an edge that are tensors. */
void scalar_tensor_edge(struct scalar_func *cx, const struct ir_edge *edge, struct stmts *list);
/* Results that are tensors go where the caller wants them. */
void scalar_tensor_return(struct scalar_func *cx, const struct ir_term *term, struct stmts *list);
uint32_t scalar_array(const struct scalar_func *cx, value_id stored); /* its variable */
struct stmt *scalar_stmt(struct scalar_func *cx, struct stmts *list, enum stmt_kind kind,
                         const char *text);

/* tree */
struct stmts scalar_tree(struct scalar_func *cx);
/* The struct in which several scalar results come back; with one its type, with none void. Tensors go
 * through pointers. */
const char *scalar_result_type(struct arena *arena, const struct ir_func *ir);

enum { SCALAR_WORK_SIZE = 72 }; /* sizeof(struct ab_head) */

/* text */
void scalar_print(struct scalar_func *cx, struct stmts *body, struct text *out);

#endif
