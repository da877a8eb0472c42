/* What the two halves of `split` share: which values are split, and writing a function anew. */
#ifndef ABCC_PASS_SPLIT_H
#define ABCC_PASS_SPLIT_H

#include "pass/elements.h"

enum {
    SPLIT_MOST_ELEMENTS = 16, /* of a tensor that is split */
    SPLIT_MOST_CHOICES = 4,   /* elements that an index of run time may choose from */
    SPLIT_MOST_PRODUCTS = 256 /* of a contraction that is written out */
};

/* Places that the indexes of an EXTRACT or INSERT that are not constant may mean, together. */
int64_t split_choices(const struct ir_func *func, const struct ir_inst *inst);

/* A function being written anew: what is emitted goes to the end of `block`. */
struct split_func {
    struct ir_prog *prog;
    struct arena *scratch;
    struct ir_func *func;
    func_id id;
    const bool *is_split; /* per old value */
    value_id **parts; /* per old value: its elements in row-major order; NULL: they are extracted */
    uint32_t size;    /* old values */
    block_id block;
    struct loc loc; /* for what is emitted */
};

bool split_value(const struct split_func *cx, value_id value);
/* An element of any value; the value itself if it is a scalar. */
value_id split_element(struct split_func *cx, value_id value, int64_t place);
/* All of any value as one tensor. */
value_id split_whole(struct split_func *cx, value_id value);
/* A new list of elements for a value, with names to go by its own. */
value_id *split_new_parts(struct split_func *cx, value_id value);
void split_name_part(struct split_func *cx, value_id value, int64_t place);

/* Writes an instruction that is no call: in its parts, or as it is with whole operands. */
void split_inst(struct split_func *cx, inst_id id);

#endif
