/* From IR (and a plan) to C text. Decides nothing: choices stand in the plan. */
#ifndef ABCC_EMIT_EMIT_H
#define ABCC_EMIT_EMIT_H

#include "ir/ir.h"

enum emit_mode { EMIT_BATCHED, EMIT_SCALAR };

struct emit_options {
    enum emit_mode mode;
    const char *prefix;       /* of symbols: "" or "p_" */
    const char *unit_name;    /* stem of the file: "fib" -> fib.h */
    bool runtime_inline;      /* paste the runtime's texts, else #include <abrt.h> and friends */
    bool show;
};

/* One operation of kernels, for all emitters. render.c */
struct kernel_set;            /* the (operation, operand dtype, result dtype) a unit uses */
struct kernel_set *kernels_new(struct arena *arena);
void kernels_use(struct kernel_set *set, enum op op, enum dtype operand, enum dtype result);
/* "add_f64", "cast_f64_i32", "select_i64" */
const char *kernel_name(struct arena *arena, enum op op, enum dtype operand, enum dtype result);
/* Definitions of the scalar meaning of each operation used, as static inline functions named
 * ab_add_f64 ..., with the helpers of kernels.h they need; in a fixed order. */
void kernels_emit_scalar(const struct kernel_set *set, struct text *out);
/* Definitions over the prelude's types (v_f64, mask): add_f64 ...; the text is the same for the
 * vector and the array prelude: #if AB_VECTORS chooses. */
void kernels_emit_gang(const struct kernel_set *set, struct text *out);
/* "INT64_C(3)", "0x1.8p+1f", "1": a constant as exact C text. */
const char *constant_text(struct arena *arena, enum dtype dtype, union scalar constant);

/* Scalar mode: structured C, one example a time, same API as the gang. scalar.c */
void emit_scalar(const struct ir_prog *prog, const struct emit_options *options, struct text *c_out);
/* header.c: the public header of a unit, the same for all modes but for the workspace numbers. */
struct unit_numbers {         /* one an entry, in order of prog->entries */
    uint32_t lanes, max_depth;
    uint64_t work_size, work_align;
};
void emit_header(const struct ir_prog *prog, const struct emit_options *options,
                 const struct unit_numbers *numbers, struct text *h_out);

#endif
