/* Tensors as loops of C. One renderer for all who emit the code of one example: it knows how elements are
 * found and computed, the dialect knows how variables and memory are called. Inside emit only. */
#ifndef ABCC_EMIT_NEST_H
#define ABCC_EMIT_NEST_H

#include "emit/c_expr.h"
#include "emit/c_names.h"
#include "plan/nests.h"

/* The tables of constants of a unit. */
struct nest_tables;
struct nest_tables *nest_tables_new(struct arena *arena);
/* The table of a constant: "table_1". */
const char *nest_table(struct nest_tables *tables, enum dtype dtype, const union scalar *elements,
                       int64_t count);
/* The table of a constant: "ab_table_1". */
const char *nest_table(struct nest_tables *tables, enum dtype dtype, const union scalar *elements,
                       int64_t count);
/* "static const double table_1[] = {..};" of each table that was asked for, once, in order of first use. */
void nest_tables_emit(const struct nest_tables *tables, struct text *out);

/* How the code of one function is written. */
struct nest_dialect {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct ir_func *ir;
    const struct nests *nests;
    struct kernel_set *kernels;
    struct nest_tables *tables;
    struct name_scope *names;  /* of the function: loop variables and locals differ from what it has */
    struct nest_scratch *scratch; /* the renderer's own; NULL at first */
    void *user;
    /* A value of rank 0, as an expression. */
    struct c_expr (*scalar)(void *user, value_id value);
    /* The memory of a stored tensor, as a pointer to its first element: "x". `writes`: as a target. */
    const char *(*memory)(void *user, value_id stored, bool writes);
    /* An element there, also as a target: "x[i0 * 3 + i1]", "x_e(i0)". NULL: memory[index]. */
    const char *(*element)(void *user, value_id stored, const char *index, bool writes);
    const char *(*shared)(void *user, uint32_t symbol); /* "X": a pointer to its first element */
    const char *(*extent)(void *user, uint32_t extent); /* "n": an int64_t */
    /* A statement that gives a value of rank 0 its value: "s = dot;"; or "", if it comes behind. */
    const char *(*set_scalar)(void *user, value_id value, struct c_expr expr);
    /* Is the stored value's result used? NULL: all are. */
    bool (*is_needed)(void *user, value_id value);

    /* Vectors over lanes: stored tensors and most scalars are vectors, indexes are the same for all lanes. */
    struct kernel_set *lanes_kernels; /* of the vector operations; NULL: this is code of one example */
    const char *mask;                 /* of the lanes */
    bool (*is_uniform)(void *user, value_id value); /* a scalar: is its expression a C scalar? */
    const char *(*store)(void *user, value_id stored, const char *index, const char *lanes);
    const char *(*copy)(void *user, value_id to, value_id from); /* of a whole tensor */
};

/* The statements of an instruction with tensors: of a nest if it is the last of its roots, a maker, an index map or
 * constant that is stored, a scalar taken from tensors. Lines that end in '\n', indented by 4 spaces a
 * level; "" where nothing is to be done. */
const char *nest_text(struct nest_dialect *d, inst_id inst);
/* Over vectors of lanes, scalar products of several vectors with one are made together: how many of the
 * instructions, which stand one after the other, are such; and their statements. */
uint32_t nest_dots_together(struct nest_dialect *d, const inst_id *insts, uint32_t count);
const char *nest_dots(struct nest_dialect *d, const inst_id *insts, uint32_t count);
/* Is the scalar EXTRACT or LOAD a mere element of memory, of a table or of a shared array? */
bool nest_is_element(const struct nest_dialect *d, const struct ir_inst *inst);
/* Then: its expression. */
struct c_expr nest_element(struct nest_dialect *d, const struct ir_inst *inst);
/* Calls for each value of rank 0 and each stored tensor that the statements of the instruction read (also twice). */
void nest_reads(struct nest_dialect *d, inst_id inst, void (*read)(void *user, value_id value),
                void *user);

#endif
