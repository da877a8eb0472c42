/* What the files of the gang emitter share. */
#ifndef ABCC_EMIT_GANG_H
#define ABCC_EMIT_GANG_H

#include "emit/emit.h"
#include "plan/plan.h"

/* What the pieces of a unit share. */
struct gang_unit {
    struct arena *arena;
    const struct plan *plan;
    struct kernel_set *kernels;
    struct nest_tables *tables; /* constants */
    bool profile;               /* count visits and iterations */
};

/* A value that is read after the loop it is defined in, and the variable that holds it there. */
struct capture {
    value_id value;
    block_id region; /* header of the C loop whose body declares the variable; IR_NONE: the piece */
    const char *variable;
};

/* The piece that is being written. */
struct piece_cx {
    struct arena *arena;
    const struct plan *plan;
    const struct plan_entry *entry;
    const struct plan_point *point;
    const struct ir_func *ir;
    const struct plan_func *func;
    const struct gang_unit *unit;
    struct kernel_set *kernels; /* the unit's */
    struct text *out;
    struct bitset in_piece;
    const char **names;       /* per value: its C expression now, or NULL */
    const char **masks;       /* per block: its mask variable */
    struct bitset made_together; /* instructions that were written with an earlier one */
    struct bitset same;       /* values that are the same for all lanes in this piece */
    struct bitset uniform;    /* of these, the ones that are C scalars already, by names[] */
    struct bitset in_home;    /* values whose home is known to hold them */
    VEC(struct capture) captures;
    struct bitset seen_edge;  /* blocks whose first forward edge has been written */
    bool *one_back_edge;      /* per header: written in place at the end of the loop's body */
    bool *back_edge_seen;     /* per header: one of several back edges has been written */
};

/* piece.c: the function of one point. */
void emit_piece(const struct gang_unit *unit, const struct plan_entry *entry,
                const struct plan_point *point, struct text *out);
/* The piece is a native loop that may end when lanes have left it, to refill them. */
bool piece_leaves_early(const struct plan_entry *entry, const struct plan_point *point);

/* piece_expr.c: instructions and operands. */
const char *gang_type(enum dtype dtype);       /* "v_f64", "mask" */
const char *gang_value(struct piece_cx *cx, value_id value);
const char *gang_choice(struct piece_cx *cx, value_id value); /* as an operand of a select */
/* A value that is the same for all lanes as a C scalar, or NULL. */
const char *gang_uniform(struct piece_cx *cx, value_id value);
/* A run-time extent as an int64_t; a shared array as a pointer to void. */
const char *gang_extent(struct piece_cx *cx, uint32_t extent);
const char *gang_shared(struct piece_cx *cx, uint32_t symbol);
/* The home of a tensor in this piece. */
uint32_t gang_home(const struct piece_cx *cx, value_id value);
/* The type of the variable that holds a value in this piece. */
const char *gang_value_type(struct piece_cx *cx, value_id value);
const char *gang_name(struct piece_cx *cx, value_id value); /* the variable of its definition */
const char *gang_zero(struct piece_cx *cx, enum dtype dtype);
const char *gang_select(struct piece_cx *cx, enum dtype dtype, const char *m, const char *yes,
                        const char *no);
void emit_inst(struct piece_cx *cx, inst_id inst, const char *m);

/* piece_tensor.c: an instruction with a tensor among its operands or results, but for calls. */
void emit_tensor(struct piece_cx *cx, inst_id inst, const char *m);

/* piece_element.c: single elements at an index for each lane. */
void emit_element(struct piece_cx *cx, const struct ir_inst *inst, const char *m);
bool is_element_insert(const struct piece_cx *cx, const struct ir_inst *inst);
void emit_element_insert(struct piece_cx *cx, const struct ir_inst *inst, const char *m);
void emit_columns(struct piece_cx *cx, const struct ir_inst *inst, const char *m);

/* transfer.c: how lanes leave a piece; `m` is the mask expression of those that do. */
void emit_goto_point(struct piece_cx *cx, uint32_t point, const struct ir_edge *edge, const char *m);
void emit_point_call(struct piece_cx *cx, const struct ir_inst *inst, inst_id id, const char *m);
void emit_return(struct piece_cx *cx, const struct ir_term *term, const char *m);
void emit_tail_call(struct piece_cx *cx, const struct ir_term *term, const char *m);
void emit_arrival(struct piece_cx *cx); /* loads what the point has in homes and frames */

/* rows.c: tensors that move, by whole rows. */
struct row_move {
    uint32_t to, from; /* homes */
    uint64_t elements;
};
struct row_moves {
    struct row_move *at;
    uint32_t len, cap;
};
void rows_move(struct piece_cx *cx, struct row_moves *moves, uint32_t to, value_id from);
void rows_emit(struct piece_cx *cx, struct row_moves *moves, const char *m); /* empties the list */
void rows_along_edge(struct piece_cx *cx, const struct ir_edge *edge, const char *m);
void rows_push_frame(struct piece_cx *cx, const struct plan_place *place, const char *depth,
                     const char *m);
void rows_arrive(struct piece_cx *cx, const struct plan_place *place); /* at its home, with mask m */

/* Names in the state. */
bool func_needs_sites(const struct plan_entry *entry, func_id func);
const char *site_row(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                     func_id func); /* "s_fib_site" or "site_f" */
const char *depth_row(struct arena *arena, const struct plan_entry *entry, uint32_t stack);
const char *site_type(const struct plan_entry *entry); /* "u8" or "u16" */


/* state.c: the state of an entry, as one list of fields that is printed, sized and cleared. */
enum field_use { FIELD_CLEAR, FIELD_KEEP }; /* by reset: set to 0, or left as it is (stack rows) */
struct state_field {
    const char *type, *name, *dims, *comment;
    uint32_t element_bytes, align;
    uint64_t elements;
    enum field_use use;
};
struct state_layout {
    VEC(struct state_field) fields;
    uint64_t size;
};
enum { GANG_ALIGN = 64, GANG_HEAD_BYTES = 128 };
struct state_layout state_layout_of(struct arena *arena, const struct plan *plan,
                                    const struct plan_entry *entry, bool profile);
void emit_state(const struct plan_entry *entry, const struct state_layout *layout,
                struct text *out);

#endif
