/* Tensors of a function: which have memory and which are computed where they are used, which share
 * memory, and the loop nests that make them. A value computed from const IR; both emitters read it.
 *
 * Words. A fused value has no memory: whoever needs an element computes it there. A stored value lives
 * in a buffer: memory for all its elements, row-major, that it may share with values that are never
 * needed at the same time. A nest is one loop over the elements of one shape that makes one or more stored
 * values (its roots), or one scalar. */
#ifndef ABCC_PLAN_NESTS_H
#define ABCC_PLAN_NESTS_H

#include "analysis/analysis.h"

enum tensor_form {
    FORM_SCALAR, /* rank 0: a variable like any other */
    FORM_FUSED,  /* index maps, constants, iota, loads of shared arrays; elementwise operations whose uses are all
                  * operands at one index of one nest (so a loop computes each of its elements once). All uses
                  * are in the block of the definition, with no call between (index maps of other blocks are
                  * repeated by pass `sink` before; constants, iota and whole shared arrays may be used
                  * anywhere), and none is an edge, a call, a return, the tensor of an insert or a show */
    FORM_STORED
};

struct nest_buffer {
    enum dtype dtype;
    uint64_t elements;      /* the most of its values */
    name hint;              /* a source name among its values, or NULL */
    VEC(value_id) values;   /* in order of definition */
    uint32_t param;         /* the function's parameter that begins here, or IR_NONE */
    bool is_written;        /* by something else than that parameter's arrival: the caller's array must be
                             * copied, not borrowed */
};

/* Roots that one loop over `shape` makes, in program order; written at the place of the last. Each root
 * reads earlier ones only at the index they were made at. */
struct nest {
    block_id block;
    VEC(inst_id) roots;
};

struct nests {
    enum tensor_form *form; /* per value */
    uint32_t *buffer;       /* per value: STORED ones, else IR_NONE */
    uint32_t *nest;         /* per inst: of OP roots, else IR_NONE (a maker stands for itself) */
    VEC(struct nest_buffer) buffers;
    VEC(struct nest) nests;
};

/* The function must be tidy. Sharing is by liveness in which a use of a fused value is a use of the stored
 * values under it: so `insert` and the tensors that a loop carries update in place where the old value is
 * dead, and an edge copies only where source and target could not share. */
struct nests nests_of(struct arena *arena, const struct ir_prog *prog, func_id func);

/* Do source and target of the copy on an edge, at a call or a return share? Then nothing is copied. */
bool nests_share(const struct nests *nests, value_id a, value_id b);

#endif
