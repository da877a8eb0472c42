/* A call of a function that needs no declaration, and the functions that check one form of it. */
#ifndef ABCC_SEMA_BUILTIN_H
#define ABCC_SEMA_BUILTIN_H

#include "sema/tensor.h"

struct builtin_call {
    const struct ast_expr *expr;
    const struct builtin *builtin;
    struct loc loc;
    const char *what;             /* "`sqrt`" */
    uint32_t count;               /* of parameters */
    struct operand *args;         /* by parameter; ty NULL: left out, or no value */
    const struct ast_expr **asts; /* by parameter; NULL: left out */
    struct operand *list;         /* of the list parameter: all of tensor type */
    uint32_t list_count;
};

/* Everything has been evaluated in order, and is of a known type. */
typedef struct operand builtin_fn(struct checker *cx, struct builtin_call *call);

/* static_arg.c: arguments known at compile time. False after a message (or if already wrong). */
bool is_given(const struct builtin_call *call, uint32_t param);
bool static_int(struct checker *cx, const struct builtin_call *call, uint32_t param,
                int64_t *value);
bool static_bool(struct checker *cx, const struct builtin_call *call, uint32_t param, bool *truth);
/* One integer or a list of them, at most SHAPE_MAX_RANK. */
struct static_ints {
    int64_t at[SHAPE_MAX_RANK];
    uint8_t len;
    bool is_list;
};
bool static_ints(struct checker *cx, const struct builtin_call *call, uint32_t param,
                 struct static_ints *ints);
/* -rank <= axis < rank, from the beginning. */
bool static_axis(struct checker *cx, const struct builtin_call *call, uint32_t param, int rank,
                 uint8_t *axis);
/* Different axes, in the order written. */
bool static_axes(struct checker *cx, const struct builtin_call *call, uint32_t param, int rank,
                 struct static_ints *axes);
bool static_shape(struct checker *cx, const struct builtin_call *call, uint32_t param,
                  struct shape *shape);
/* `none` is what it is when left out. */
bool static_dtype(struct checker *cx, const struct builtin_call *call, uint32_t param,
                  enum dtype none, enum dtype *dtype);

/* builtin.c */
int dtype_argument(struct checker *cx, const struct ast_expr *expr); /* -1 after a message */
struct operand cast_operand(struct checker *cx, struct operand operand, enum dtype dtype,
                            struct loc loc);
/* An operation on operands, by the rule of the function of that name. */
struct operand call_builtin(struct checker *cx, struct loc loc, const char *name,
                            struct operand *args, uint32_t count);

/* x where the bools are true, else y: of one dtype, all broadcast. */
struct operand select_operand(struct checker *cx, struct loc loc, struct operand bools,
                              struct operand x, struct operand y);

/* reduce.c */
builtin_fn call_reduce, call_truth, call_extreme, call_mean, call_variance, call_arg_reduce,
    call_count, call_range_of, call_cumulate, call_array_equal, call_close;
/* x != 0; bools are what they are. */
struct operand truth_operand(struct checker *cx, struct operand x);
/* `op` over all axes of a tensor, in its dtype; `and` of bools for instance. */
struct operand reduce_all(struct checker *cx, struct loc loc, enum op op, struct operand x);
/* Over the last axis, by the rule of `sum`. */
struct operand sum_last(struct checker *cx, struct loc loc, struct operand x);
/* contract.c */
builtin_fn call_dot, call_matmul, call_inner, call_outer, call_vdot, call_tensordot;
/* shape_ops.c */
builtin_fn call_reshape, call_transpose, call_swapaxes, call_moveaxis, call_expand_dims,
    call_squeeze, call_ravel, call_flip, call_roll, call_tile, call_repeat, call_broadcast_to,
    call_diagonal, call_diag, call_trace, call_triangle, call_diff, call_slice, call_take;
/* create.c */
/* 0, 1, .. as weak integers. */
struct operand iota_operand(struct checker *cx, struct loc loc, int64_t count);
builtin_fn call_stack, call_concatenate, call_hstack, call_vstack, call_filled, call_full,
    call_filled_like, call_full_like, call_arange, call_linspace, call_eye;

#endif
