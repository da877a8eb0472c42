/* The syntax tree: what was written, with places, before any meaning. The whole grammar of the
 * language has a form here, also what this version gives no meaning to. */
#ifndef ABCC_AST_AST_H
#define ABCC_AST_AST_H

#include "base/diag.h"
#include "base/names.h"

struct ast_expr;
struct ast_stmt;
struct ast_block;

/* ---- types ---------------------------------------------------------------------------------- */

enum ast_type_kind { AST_TYPE_NAME, AST_TYPE_TUPLE, AST_TYPE_FN };

struct ast_type {
    enum ast_type_kind kind;
    struct loc loc;
    uint32_t height;                /* of the tree below, as that of expressions */
    name module, name;              /* NAME: `module` is NULL without a qualifier */
    bool has_extents;               /* NAME: brackets were written */
    VEC(struct ast_expr *) extents; /* NAME[..] */
    VEC(struct ast_type *) parts;   /* TUPLE: elements; FN: parameters */
    struct ast_type *result;        /* FN: NULL without "->" */
};

/* ---- patterns ------------------------------------------------------------------------------- */

struct ast_pat {
    struct loc loc;
    name name;                    /* NULL for a tuple pattern; "_" drops */
    struct ast_type *type;        /* NULL without an annotation */
    bool is_tuple;                /* "(a,)" and "a, b" are tuples */
    VEC(struct ast_pat *) parts;
};

/* ---- expressions ---------------------------------------------------------------------------- */

enum ast_op {
    AST_OR, AST_AND, AST_NOT,
    AST_EQ, AST_NE, AST_LT, AST_LE, AST_GT, AST_GE,
    AST_BIT_OR, AST_BIT_XOR, AST_BIT_AND, AST_SHL, AST_SHR,
    AST_ADD, AST_SUB, AST_MUL, AST_DIV, AST_FLOORDIV, AST_MOD, AST_MATMUL,
    AST_NEG, AST_POS, AST_BIT_NOT, AST_POW,
    AST_OP_COUNT
};
extern const char *const ast_op_spelling[AST_OP_COUNT];

enum ast_expr_kind {
    AST_NAME,     /* name */
    AST_INT,      /* text: digits as written, without "_"; also 'a' (its value in decimal) */
    AST_FLOAT,    /* text: as written, without "_" */
    AST_IMAG,     /* text: without the j */
    AST_BOOL,     /* truth */
    AST_UNARY,    /* op, left */
    AST_BINARY,   /* op, left, right */
    AST_CALL,     /* left, args */
    AST_INDEX,    /* left, indexes */
    AST_FIELD,    /* left, name */
    AST_TUPLE_FIELD, /* left, number */
    AST_STRUCT,   /* left: NAME, or FIELD of a NAME; args, each with a name */
    AST_TUPLE,    /* args */
    AST_LIST,     /* [..]: args */
    AST_IF,       /* arms; the last arm may have no condition (else) */
    AST_LAMBDA    /* params, left (expression body) or block */
};

enum ast_index_kind { AST_INDEX_EXPR, AST_INDEX_SLICE, AST_INDEX_ELLIPSIS, AST_INDEX_NONE };

struct ast_index {
    enum ast_index_kind kind;
    struct loc loc;
    struct ast_expr *expr, *stop, *step; /* SLICE: expr is the start; each may be NULL */
};

struct ast_arg {
    struct loc loc;
    name name; /* NULL for a positional argument */
    struct loc name_loc;
    struct ast_expr *expr;
};

struct ast_arm {
    struct loc loc;
    struct ast_expr *condition; /* NULL for else */
    struct ast_block *block;
};

enum ast_param_mode { AST_PARAM_VALUE, AST_PARAM_INOUT, AST_PARAM_SHARED };

struct ast_param {
    struct loc loc;
    enum ast_param_mode mode;
    name name;
    struct ast_type *type;    /* NULL when not annotated */
    struct ast_expr *initial; /* default value, NULL without */
};

struct ast_expr {
    enum ast_expr_kind kind;
    struct loc loc;           /* with its parentheses */
    uint32_t height;          /* of the tree below, through blocks too: at most 2,000 (L42) */
    bool in_parentheses;
    enum ast_op op;
    struct loc op_loc;
    name name;
    struct loc name_loc;      /* FIELD, TUPLE_FIELD: of the part behind the dot */
    const char *text;
    uint32_t number;
    bool truth;
    struct ast_expr *left, *right;
    struct ast_block *block;
    VEC(struct ast_arg) args;
    VEC(struct ast_index) indexes;
    VEC(struct ast_arm) arms;
    VEC(struct ast_param) params;
};

/* ---- statements ----------------------------------------------------------------------------- */

enum ast_stmt_kind {
    AST_LET,      /* pat = expr */
    AST_VAR,      /* pat [= expr] */
    AST_EXPR,     /* expr: a call, an if, or the value of the block (a TUPLE for "a, b") */
    AST_ASSIGN,   /* target = expr; target may be a TUPLE of places */
    AST_ASSIGN_OP,/* target op= expr */
    AST_WHILE,    /* expr, block */
    AST_FOR,      /* variable in expr .. stop step step, block; stop NULL: rows of a tensor */
    AST_BREAK, AST_CONTINUE,
    AST_RETURN,   /* expr or NULL; "return a, b" has a TUPLE */
    AST_FAULT,    /* message */
    AST_ASSERT,   /* expr, message or NULL */
    AST_ASSERT_CLOSE,  /* expr ~= right within rel, abs (either NULL), message or NULL */
    AST_ASSERT_FAULTS, /* expr faults fault_kind */
    AST_SHOW      /* expr, message (label) or NULL (L44) */
};

struct ast_attr {
    struct loc loc;
    name name; /* without "@" */
    VEC(struct ast_arg) args;
    bool has_args;
};

struct ast_stmt {
    enum ast_stmt_kind kind;
    struct loc loc;
    VEC(struct ast_attr) attrs;
    struct ast_pat *pat;
    struct ast_expr *target;
    enum ast_op op;
    struct ast_expr *expr, *right, *rel, *abs;
    struct ast_expr *stop, *step;
    name variable;
    struct loc variable_loc;
    struct ast_block *block;
    const char *message; /* decoded text of the STRING, NULL without */
    struct loc message_loc;
    name fault_kind;
};

struct ast_block {
    struct loc loc; /* with the braces */
    uint32_t height; /* of the highest expression in it */
    VEC(struct ast_stmt *) stmts;
};

/* ---- declarations --------------------------------------------------------------------------- */

enum ast_decl_kind { AST_IMPORT, AST_CONST, AST_STRUCT_DECL, AST_FN, AST_EXTERN, AST_TEST };

struct ast_field {
    struct loc loc;
    name name;
    struct ast_type *type; /* NULL: the struct is generic in it */
    const char *doc;
};

struct ast_decl {
    enum ast_decl_kind kind;
    struct loc loc, name_loc;
    VEC(struct ast_attr) attrs;
    const char *doc;          /* text of the "##" run above, without the marks; NULL without */
    name name;                /* IMPORT: the name it is known by (stem or "as"), NULL if it has none */
    const char *path;         /* IMPORT "path"; NULL for IMPORT name; TEST: the title */
    /* Set by who reads the files: */
    const struct ast_file *imported; /* IMPORT: NULL: not found, reported */
    name module;              /* by which its file was imported first; NULL: the main file */
    struct ast_type *type;    /* CONST annotation, FN and EXTERN result; NULL without */
    struct ast_expr *expr;    /* CONST */
    VEC(struct ast_field) fields;
    bool exported;            /* FN */
    bool batched;             /* EXTERN */
    VEC(struct ast_pat) sizes;      /* FN: size parameters [n, m]; name and loc only */
    VEC(struct ast_param) params;
    struct ast_block *block;  /* FN, TEST */
};

struct ast_file {
    uint32_t file; /* of sources */
    const char *doc;
    VEC(struct ast_decl *) decls;
};

/* As source text in one canonical form that parses to the same tree: `dump --stage=ast`. */
void ast_print(const struct ast_file *file, struct text *out);

#endif
