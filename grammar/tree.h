/* Makes nodes of the syntax tree, as the rules of parser.y find them. What the grammar lets through
 * but the language does not is reported here. */
#ifndef ABCC_GRAMMAR_TREE_H
#define ABCC_GRAMMAR_TREE_H

#include "grammar/parser_state.h"

enum { HEIGHT_LIMIT = 2000 }; /* of expressions and types */

/* Lists, while they are read. A list that is NULL is empty. */
struct arg_list {
    VEC(struct ast_arg) list;
};
struct index_list {
    VEC(struct ast_index) list;
};
struct arm_list {
    VEC(struct ast_arm) list;
};
struct param_list {
    VEC(struct ast_param) list;
};
struct type_list {
    VEC(struct ast_type *) list;
    bool has_comma; /* behind the last one */
};
struct pat_list {
    VEC(struct ast_pat *) list;
};
struct stmt_list {
    VEC(struct ast_stmt *) list;
};
struct field_list {
    VEC(struct ast_field) list;
};
struct attr_list {
    VEC(struct ast_attr) list;
};

struct tolerance {
    struct ast_expr *rel, *abs;
};
struct message {
    const char *text;
    struct loc loc;
};

/* Reports an expression or a type that is too deep. */
void tree_report_height(struct parser *p, struct loc loc);

/* ---- lists: the first element comes with a NULL list ----------------------------------------- */

struct arg_list *tree_args(struct parser *p, struct arg_list *args, struct ast_arg arg);
struct arg_list *tree_exprs(struct parser *p, struct arg_list *args, struct ast_expr *expr);
struct index_list *tree_indexes(struct parser *p, struct index_list *indexes,
                                struct ast_index index);
struct arm_list *tree_arms(struct parser *p, struct arm_list *arms, struct loc loc,
                           struct ast_expr *condition, struct ast_block *block);
struct arm_list *tree_else(struct parser *p, struct arm_list *arms, struct loc loc,
                           struct ast_block *block);
struct ast_index tree_index_word(enum ast_index_kind kind, struct loc loc);
struct param_list *tree_params(struct parser *p, struct param_list *params, struct ast_param param);
struct type_list *tree_types(struct parser *p, struct type_list *types, struct ast_type *type);
struct type_list *tree_types_comma(struct type_list *types);
struct pat_list *tree_pats(struct parser *p, struct pat_list *pats, struct ast_pat *pat);
struct stmt_list *tree_stmts(struct parser *p, struct stmt_list *stmts, struct ast_stmt *stmt);
struct field_list *tree_fields(struct parser *p, struct field_list *fields, struct ast_field field);
struct attr_list *tree_attr(struct parser *p, struct attr_list *attrs, struct loc loc, name id,
                            bool has_args, struct arg_list *args);

/* ---- types and patterns ---------------------------------------------------------------------- */

struct ast_type *tree_type_name(struct parser *p, struct loc loc, name module, name id,
                                struct arg_list *extents);
struct ast_type *tree_type_tuple(struct parser *p, struct loc loc, struct type_list *parts);
struct ast_type *tree_type_fn(struct parser *p, struct loc loc, struct type_list *params,
                              struct ast_type *result);
struct ast_pat *tree_pat(struct parser *p, struct loc loc, name id);
struct ast_pat *tree_pat_tuple(struct parser *p, struct loc loc, struct pat_list *parts);
struct ast_pat *tree_pat_group(struct parser *p, struct loc loc, struct pat_list *parts,
                               bool has_comma);
struct ast_pat *tree_pat_typed(struct parser *p, struct ast_pat *pat, struct ast_type *type);

/* ---- expressions ----------------------------------------------------------------------------- */

struct ast_expr *tree_name(struct parser *p, struct loc loc, name id);
struct ast_expr *tree_number(struct parser *p, enum ast_expr_kind kind, struct loc loc,
                             const char *text);
struct ast_expr *tree_bool(struct parser *p, struct loc loc, bool truth);
struct ast_expr *tree_unary(struct parser *p, enum ast_op op, struct loc op_loc,
                            struct ast_expr *operand);
struct ast_expr *tree_binary(struct parser *p, enum ast_op op, struct loc op_loc,
                             struct ast_expr *left, struct ast_expr *right);
struct ast_expr *tree_comparison(struct parser *p, enum ast_op op, struct loc op_loc,
                                 struct ast_expr *left, struct ast_expr *right);
struct ast_expr *tree_call(struct parser *p, struct loc loc, struct ast_expr *callee,
                           struct arg_list *args);
struct ast_expr *tree_index(struct parser *p, struct loc loc, struct ast_expr *of,
                            struct index_list *indexes);
struct ast_expr *tree_field_of(struct parser *p, struct loc loc, struct ast_expr *of, name id,
                               struct loc name_loc);
struct ast_expr *tree_tuple_field(struct parser *p, struct loc loc, struct ast_expr *of,
                                  const char *digits, struct loc field_loc);
struct ast_expr *tree_struct_literal(struct parser *p, struct loc loc, struct ast_expr *of,
                                     struct arg_list *inits);
struct ast_expr *tree_tuple(struct parser *p, struct loc loc, struct arg_list *elements);
struct ast_expr *tree_tuple_of_one(struct parser *p, struct loc loc, struct ast_expr *element);
struct ast_expr *tree_list(struct parser *p, struct loc loc, struct arg_list *elements);
struct ast_expr *tree_parenthesised(struct ast_expr *expr, struct loc loc);
struct ast_expr *tree_if(struct parser *p, struct loc loc, struct arm_list *arms);
struct ast_expr *tree_lambda(struct parser *p, struct loc loc, struct param_list *params,
                             struct ast_expr *body, struct ast_block *block);
/* "c ? a : b" and "a if c else b": reported, with the right form as the edit. */
struct ast_expr *tree_c_conditional(struct parser *p, struct loc loc, struct loc op_loc,
                                    struct ast_expr *condition, struct ast_expr *yes,
                                    struct ast_expr *no);
struct ast_expr *tree_python_conditional(struct parser *p, struct loc loc, struct loc op_loc,
                                         struct ast_expr *yes, struct ast_expr *condition,
                                         struct ast_expr *no);

/* ---- statements ------------------------------------------------------------------------------ */

struct ast_block *tree_block(struct parser *p, struct loc loc, struct stmt_list *stmts);
struct ast_stmt *tree_stmt(struct parser *p, enum ast_stmt_kind kind, struct loc loc);
struct ast_stmt *tree_stmt_attrs(struct ast_stmt *stmt, struct attr_list *attrs);
struct ast_stmt *tree_let(struct parser *p, enum ast_stmt_kind kind, struct loc loc,
                          struct ast_pat *pat, struct ast_expr *expr);
struct ast_stmt *tree_expr_stmt(struct parser *p, struct loc loc, struct ast_expr *expr);
struct ast_stmt *tree_assign(struct parser *p, struct loc loc, struct ast_expr *target,
                             struct ast_expr *expr);
struct ast_stmt *tree_assign_op(struct parser *p, struct loc loc, struct ast_expr *target,
                                enum ast_op op, struct ast_expr *expr);
struct ast_stmt *tree_while(struct parser *p, struct loc loc, struct ast_expr *condition,
                            struct ast_block *block);
struct ast_stmt *tree_for(struct parser *p, struct loc loc, name variable, struct loc variable_loc,
                          struct ast_expr *from, struct ast_expr *stop, struct ast_expr *step,
                          struct ast_block *block);
struct ast_stmt *tree_return(struct parser *p, struct loc loc, struct ast_expr *expr);
struct ast_stmt *tree_fault(struct parser *p, struct loc loc, struct message message);
struct ast_stmt *tree_assert(struct parser *p, struct loc loc, struct ast_expr *expr,
                             struct message message);
struct ast_stmt *tree_assert_close(struct parser *p, struct loc loc, struct ast_expr *expr,
                                   struct ast_expr *right, struct tolerance within,
                                   struct message message);
struct ast_stmt *tree_assert_faults(struct parser *p, struct loc loc, struct ast_expr *expr,
                                    name kind);
struct ast_stmt *tree_show(struct parser *p, struct loc loc, struct ast_expr *expr,
                           struct message message);

/* ---- declarations: each takes @$ of its rule ------------------------------------------------- */

void tree_add_decl(struct parser *p, struct attr_list *attrs, struct ast_decl *decl);
struct ast_decl *tree_import(struct parser *p, struct loc loc, name id, struct loc name_loc);
struct ast_decl *tree_import_path(struct parser *p, struct loc loc, const char *path,
                                  struct loc path_loc, name id, struct loc name_loc);
struct ast_decl *tree_const(struct parser *p, struct loc loc, name id, struct loc name_loc,
                            struct ast_type *type, struct ast_expr *expr);
struct ast_decl *tree_struct(struct parser *p, struct loc loc, name id, struct loc name_loc,
                             struct field_list *fields);
struct ast_field tree_field(struct parser *p, struct loc loc, name id, struct ast_type *type);
struct ast_field tree_no_field(void);
struct ast_param tree_param(struct loc loc, enum ast_param_mode mode, name id,
                            struct ast_type *type, struct ast_expr *initial);
struct ast_decl *tree_sig(struct parser *p, name id, struct loc name_loc, struct pat_list *sizes,
                          struct param_list *params, struct ast_type *result);
struct ast_decl *tree_fn(struct loc loc, bool exported, struct ast_decl *sig,
                         struct ast_block *block);
struct ast_decl *tree_extern(struct loc loc, bool batched, struct ast_decl *sig);
struct ast_decl *tree_test(struct parser *p, struct loc loc, const char *title,
                           struct loc title_loc, struct ast_block *block);

#endif
