/* Calls of the program's functions: what the files that check them share. */
#ifndef ABCC_SEMA_FUNCTION_H
#define ABCC_SEMA_FUNCTION_H

#include "sema/tensor.h"

struct user_call {
    const struct ast_expr *expr;
    struct decl *decl;
    struct operand function; /* the value that is called; no type: the declaration itself */
    uint32_t count;          /* of parameters */
    uint32_t *arg_of;        /* parameter -> argument, NONE: default */
    struct operand *values;  /* by parameter; of inout ones only type and place count */
    struct place *places;
    const struct ty **wanted; /* annotations; NULL elements: none, or not known yet */
    int64_t *sizes;          /* of the size parameters */
};

/* "argument `x` of `f`" */
const char *param_text(struct checker *cx, const struct user_call *call, uint32_t param);

/* call.c: an argument whose type is known meets the annotation. */
void convert_arg(struct checker *cx, struct user_call *call, uint32_t param);

/* size.c: size parameters (L17). A size is an extent as it stands in a shape: negative for one that
 * is known at run time only. */
#define SIZE_UNKNOWN INT64_MIN
bool expr_names_sizes(const struct ast_decl *ast, const struct ast_expr *expr);
bool type_names_sizes(const struct ast_decl *ast, const struct ast_type *type);
void check_sizes(struct checker *cx, struct decl *decl);
/* The type for these sizes; the error or unknown type if it has none. */
const struct ty *resolve_sized_type(struct checker *cx, const struct ast_decl *ast,
                                    const struct ast_type *type, const int64_t *sizes);
void declare_sizes(struct checker *cx, const struct inst *inst);
/* Finds the sizes by the arguments. NULL if they are known, else what the result is. */
const struct ty *bind_sizes(struct checker *cx, struct user_call *call);

/* shared.c: arrays of the whole batch (L22). */
bool op_is_shared(const struct operand *operand); /* names one: an array, not a scalar */
const struct ty *shared_type_of(struct checker *cx, const struct operand *operand);
void check_shared_arg(struct checker *cx, struct user_call *call, uint32_t param);
void check_value_arg(struct checker *cx, struct user_call *call, uint32_t param);
void check_export_extents(struct checker *cx, struct decl *decl);
/* Makes the symbols of an export's run-time extents and shared arrays. */
void name_extents(struct checker *cx, struct decl *decl, int64_t *sizes);
const struct ty *name_shared(struct checker *cx, const struct ast_param *param,
                             const struct ty *tensor);
void list_params(struct checker *cx, const struct inst *inst);

/* lambda.c: function values (L23). */
struct decl *decl_of_function(struct checker *cx, const struct ty *function);
/* The names that a lambda has captured, as locals of its instance. */
void declare_captures(struct checker *cx, const struct inst *inst);
/* What the instance of a lambda gets behind its arguments. */
void pass_captures(struct checker *cx, const struct user_call *call, struct typed_expr *typed);
bool has_value(const struct ty *param); /* is it passed at run time? */

#endif
