/* Tensors in the checker: shapes, index maps, and the functions that work on whole tensors. */
#ifndef ABCC_SEMA_TENSOR_H
#define ABCC_SEMA_TENSOR_H

#include "sema/check.h"

/* tensor.c: shapes, and operands of tensor type. */
/* The type; the error type after a message if it is too large. */
const struct ty *tensor_type(struct checker *cx, struct loc loc, enum dtype dtype,
                             const struct shape *shape);
/* An extent as written; after a message: false. */
bool constant_extent(struct checker *cx, const struct operand *extent, int64_t *value);
/* The shape that all operands are broadcast to. False after a message. */
bool common_shape(struct checker *cx, struct loc loc, const char *what,
                  const struct operand *args, uint32_t count, struct shape *shape);
/* Run-time extents are an error here. */
bool have_static_extents(struct checker *cx, const char *what, const struct operand *x);
/* To a shape that it fits, and that a type can have. */
struct operand broadcast_operand(struct checker *cx, struct operand operand,
                                 const struct shape *shape);
/* "[2, 3]", "[]" */
const char *shape_text(struct checker *cx, const struct shape *shape);

/* Where the elements of a result are in the tensor it is made from: element i.. of the result is
 * number offset + sum of i * stride. */
struct strides {
    int64_t offset, of[SHAPE_MAX_RANK];
};
struct strides row_major(const struct shape *shape);
/* What is known of such a result; NULL if nothing, or too much. */
const struct constant *constant_view(struct checker *cx, const struct constant *from,
                                     const struct shape *to, const struct strides *strides);
/* The result of a node that moves the elements of one operand: `node` has no arguments yet. */
struct operand mapped_operand(struct checker *cx, struct typed_expr *node, struct operand from,
                              const struct ty *ty, const struct constant *constant);

/* Values computed by other functions of the checker's, as if they were called. */
struct operand reshape_operand(struct checker *cx, struct loc loc, struct operand x,
                               const struct shape *shape);
struct operand transpose_operand(struct checker *cx, struct loc loc, struct operand x,
                                 const uint8_t *perm);
struct operand index_operand(struct checker *cx, struct loc loc, struct operand x,
                             const typed_axes *axes);
/* The region `first`, `first + step`, .. of one axis. */
struct operand range_operand(struct checker *cx, struct loc loc, struct operand x, uint8_t axis,
                             int64_t first, int64_t step, int64_t count);
struct operand concat_operands(struct checker *cx, struct loc loc, const char *what,
                               struct operand *parts, uint32_t count, uint8_t axis);
struct operand stack_operands(struct checker *cx, struct loc loc, const char *what,
                              struct operand *parts, uint32_t count);
/* An integer or float of the language that every dtype fits, like 0 and 1. */
struct operand number_operand(struct checker *cx, struct loc loc, int number);
struct operand cast_weakly(struct checker *cx, struct operand x, enum dtype dtype);

/* literal.c */
struct operand check_list(struct checker *cx, const struct ast_expr *expr);

/* attribute.c: `.shape .ndim .size .dtype .T`, which tensors and scalars have. */
bool is_tensor_attribute(name word);
struct operand tensor_attribute(struct checker *cx, const struct ast_expr *expr,
                                struct operand whole);
/* The extent of an axis: a weak integer, constant but for run-time ones. */
struct operand extent_operand(struct checker *cx, struct loc loc, const struct ty *ty, int axis);

/* operator.c: says that the types of two tensors together give a surprising one (L13). */
void warn_operands(struct checker *cx, struct loc loc, const struct operand *left,
                   const struct operand *right);

/* contract.c: sums of products. */
struct operand matrix_product(struct checker *cx, struct loc loc, const char *what,
                              struct operand left, struct operand right);

/* index.c */
struct region {
    typed_axes axes;      /* of the tensor indexed */
    struct shape kept;    /* of the result, before `none` */
    struct shape shape;   /* of the result */
    struct strides strides; /* of `kept`, if all indexes are constant */
    bool is_constant, has_new_axes;
    struct operand *operands; /* of the indexes that are expressions, in order */
    uint32_t operand_count;
    bool is_take;         /* the only index is an integer tensor: operands[0] */
    bool is_bad;          /* after a message */
};
struct operand check_index(struct checker *cx, const struct ast_expr *expr, struct operand whole);
/* The indexes of an expression or a place of type `ty`. */
struct region check_region(struct checker *cx, const struct ast_expr *expr, const struct ty *ty);
/* x[index] for an integer tensor, along axis 0. */
struct operand take_operand(struct checker *cx, struct loc loc, struct operand x,
                            struct operand index);
/* A constant index of an axis, counted from the beginning. -1 after a message. */
int64_t constant_place(struct checker *cx, const struct operand *index,
                       const struct constant *constant, const struct ty *ty, int axis);

#endif
