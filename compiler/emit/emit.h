/* From IR (and a plan) to C text. Decides nothing: choices stand in the plan. */
#ifndef ABCC_EMIT_EMIT_H
#define ABCC_EMIT_EMIT_H

#include "ir/ir.h"

enum emit_mode { EMIT_BATCHED, EMIT_SCALAR };

struct emit_options {
    enum emit_mode mode;
    const char *prefix;       /* of symbols: "" or "p_" */
    const char *unit_name;    /* stem of the file: "fib" -> fib.h; made an identifier for symbols */
    bool runtime_inline;      /* paste the runtime's texts, else #include <abrt.h> and friends */
    bool show;
    bool profile;             /* batched: count visits and iterations of each point */
    bool table;               /* emit `const ab_unit <prefix><unit>_unit`, for generic callers */
};

/* One operation of kernels, for all emitters. render.c */
struct kernel_set;            /* the (operation, operand dtype, result dtype) a unit uses */
struct kernel_set *kernels_new(struct arena *arena, const struct op_bodies *bodies);
void kernels_use(struct kernel_set *set, enum op op, enum dtype operand, enum dtype result);
/* In a unit of gangs: the scalar function ab_add_f64 is called too, for uniform values and lane by lane. */
void kernels_use_scalar(struct kernel_set *set, enum op op, enum dtype operand, enum dtype result);
bool kernel_is_per_lane(const struct kernel_set *set, enum op op, enum dtype operand);
/* "add_f64", "cast_f64_i32", "select_i64"; the scalar function has "ab_" before it */
const char *kernel_name(struct arena *arena, enum op op, enum dtype operand, enum dtype result);
/* Definitions of the scalar meaning of each operation used, as static inline functions named
 * ab_add_f64 ..., with the helpers of kernels.h they need; in a fixed order. */
void kernels_emit_scalar(const struct kernel_set *set, struct text *out);
/* Definitions over the prelude's types: add_f64 ...; helpers and scalar functions that lane loops
 * need come first (so a unit prints kernels_emit_scalar or this, not both). The text is the same
 * for both forms of runtime/preludes/gang.h, which stands before it.
 * Operations take and give v_ types and masks by value: add_f64(x, y); those that are done lane by lane
 * (kernel_is_per_lane) take the mask of active lanes first: exp_f64(m, x); their other lanes are 0.
 * select_f64(m, x, y) selects by the mask m; select_bool, cast_bool_f64 take and give masks. */
void kernels_emit_gang(const struct kernel_set *set, struct text *out);
/* "INT64_C(3)", "0x1.8p+1f", "1": a constant as exact C text. */
const char *constant_text(struct arena *arena, enum dtype dtype, union scalar constant);

/* ---- the C file of a unit ------------------------------------------------------------------- */

/* What a mode knows of an entry; one each, in order of prog->entries (tests too). */
struct unit_numbers {
    uint32_t lanes, max_depth; /* lanes 0: the entry is not in this unit */
    uint64_t work_size, work_align; /* of struct SYMBOL_state; the emitted C checks them */
    uint64_t stack;    /* bytes of tensors on the C stack, at most; 0: few */
    uint64_t layout;   /* any hash of choices that change the state or its meaning, beyond the IR's
                        * text, mode, lanes, work_size, max_depth, which are hashed in anyway */
};

/* A unit is emitted as
 *     emit_unit_begin                head comment, includes, sites
 *     kernels; state, SYMBOL_reset and SYMBOL_core of each entry         (scalar.c or gang.c)
 *     emit_unit_end                  the public functions of each entry, and the table
 * where SYMBOL = entry_symbol(...). The middle part defines for each entry
 *     struct SYMBOL_state { struct ab_head head; ... };
 *         No pointers in it. sizeof <= work_size, alignment <= work_align.
 *     static void SYMBOL_reset(struct SYMBOL_state *s)
 *         Prepares for a batch, after the head is set (begin). Bytes it does not set are whatever
 *         was in the workspace.
 *     static void SYMBOL_core(uint64_t visits, const ab_call *call, struct SYMBOL_state *s)
 *         Runs visits until the batch is done or `visits` of them are used up; counts
 *         head.visits, head.lane_visits; takes examples in ascending order from head.next up;
 *         reads input k (of entry_input_number) as in[k][example * in_stride[k] + element], shared
 *         arrays as in[k][element], run-time extents as extent[e], writes outputs (nan canonical:
 *         ab_canonical_f64 of abwork.h) only of examples that did not fault, and ends each example
 *         with ab_finish(&s->head, call, example, fault), which counts head.done and reports.
 *         batch_index() = call->first + example. Never called with done == batch.
 * Fault codes are the program's fault ids. abwork.h has ab_head and ab_finish. */
const char *entry_symbol(struct arena *arena, const struct ir_prog *prog,
                         const struct emit_options *options, uint32_t entry);
/* The inputs of an entry in the order of the source: leaves of parameters and shared arrays. */
struct entry_input {
    bool is_shared;
    uint32_t index;    /* into entry->params or entry->shared */
    const char *path;
    struct type type;  /* a run-time extent is -1 - its number among entry->extents */
};
uint32_t entry_input_count(const struct ir_entry *entry);
struct entry_input entry_input(const struct ir_prog *prog, const struct ir_entry *entry,
                               uint32_t number);
/* The number among the inputs of entry->params.at[index] or entry->shared.at[index]. */
uint32_t entry_input_number(const struct ir_entry *entry, bool is_shared, uint32_t index);
/* The symbol of the table, for dlsym. */
const char *unit_symbol(struct arena *arena, const struct emit_options *options);
void emit_unit_begin(const struct ir_prog *prog, const struct emit_options *options,
                     struct text *c_out);
void emit_unit_end(const struct ir_prog *prog, const struct emit_options *options,
                   const struct unit_numbers *numbers, struct text *c_out);

/* A word that is neither reserved in C or C++ nor used by emitted text: `text`, maybe with `_`. */
const char *c_identifier(struct arena *arena, const char *text);

/* Scalar mode: structured C, one example a time; a whole unit. The same API as the gang; a visit is
 * one example. scalar.c */
void emit_scalar(const struct ir_prog *prog, const struct emit_options *options,
                 struct text *c_out);
void scalar_numbers(const struct ir_prog *prog, struct unit_numbers *numbers);

/* Batched mode: a whole unit, from a plan of its entries. gang.c */
struct plan;
void emit_gang(struct arena *arena, const struct plan *plan, const struct emit_options *options,
               struct text *c_out);
void gang_numbers(struct arena *arena, const struct plan *plan, const struct emit_options *options,
                  struct unit_numbers *numbers);

/* The workspace of each entry by variable, as a table for people. state.c */
void gang_print_state(struct arena *arena, const struct plan *plan,
                      const struct emit_options *options, struct text *out);

/* header.c: the public header of a unit, the same for all modes but for the numbers. Tests are not
 * in it: they are reached through the table only. */
void emit_header(const struct ir_prog *prog, const struct emit_options *options,
                 const struct unit_numbers *numbers, struct text *h_out);

#endif
