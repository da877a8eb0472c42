/* Inside the renderer of nests: where in a tensor, and what is being written. */
#ifndef ABCC_EMIT_NEST_PLACE_H
#define ABCC_EMIT_NEST_PLACE_H

#include "emit/nest.h"
#include "emit/nest_index.h"

/* An index of a tensor: in row-major order, and by axis where that is known. */
struct place {
    struct index linear;
    bool has_axes;
    struct index axis[SHAPE_MAX_RANK];
};

enum { MAX_LOOPS = 24 };

/* What the renderer knows of a function. */
struct nest_scratch {
    uint32_t *uses;        /* per value */
    const char **local;    /* per value: the local that holds its element, in the body at hand */
    bool *local_is_lanes;  /* per value: it is a vector */
    uint32_t *seen, epoch; /* per value: the last walk that came here */
    const char *index_names[MAX_LOOPS];
};

/* The text of one instruction on its way. */
struct render {
    struct nest_dialect *d;
    struct text *out;
    VEC(struct {
        size_t body;       /* in `out`: where the loop's body begins */
        bool is_line;      /* false: a loop of one round, of which nothing is written */
    }) loops;
    const char **local;    /* the scratch's */
    VEC(value_id) locals;  /* values that have one */
};

struct place place_of_axes(const struct render *r, const struct shape *shape,
                           const struct index *axis);
struct place place_of_linear(struct index linear);
/* Finds them by division if need be. */
const struct index *place_axes(const struct render *r, const struct shape *shape,
                               struct place *place);

const struct type *nest_type(const struct render *r, value_id value);
const struct ir_inst *nest_value_inst(const struct render *r, value_id value); /* NULL: a parameter */

/* ---- elements (nest_element.c) --------------------------------------------------------------- */

/* An element of any value, at a place. May put lines that define locals. */
struct c_operand nest_element_at(struct render *r, value_id value, const struct place *place);
/* The element of an operation whose result is not looked for anywhere: of a root. */
struct c_operand operation_at(struct render *r, const struct ir_inst *inst,
                              const struct place *place);
/* The scalar that an EXTRACT or LOAD takes from a tensor. */
struct c_operand taken_at(struct render *r, const struct ir_inst *inst);
/* The place in `inst->args.at[0]` of an element of the region. */
struct place region_place(struct render *r, const struct ir_inst *inst, struct place place);
bool region_is_contiguous(const struct render *r, const struct ir_inst *inst);
/* Does each element need the row-major index only? */
bool is_flat(const struct render *r, value_id value);
/* The same of a map, constant or fused operation, whether it has memory or not. */
struct c_operand mapped_at(struct render *r, const struct ir_inst *inst, const struct place *place);
bool map_is_flat(const struct render *r, const struct ir_inst *inst);
/* "x[i] = e;" */
void put_store(struct render *r, value_id stored, const struct place *place,
               struct c_operand element);
/* Puts "const double t = e;" and gives the name. */
const char *put_local(struct render *r, enum dtype dtype, bool is_lanes, const char *wish,
                      const char *text);
/* The C type of a variable: "double", "bool"; of a vector "v_f64", "mask". */
const char *local_type(enum dtype dtype, bool is_lanes);
/* An operation on elements, of lanes if one of them is. */
struct c_operand nest_op(struct render *r, enum op op, enum dtype result,
                         const struct c_operand *operands, uint32_t count);

/* ---- loops (nest.c) -------------------------------------------------------------------------- */

/* Begins a loop of `first <= index < end`; no line for one round. Gives the index. */
struct index begin_loop(struct render *r, int64_t first, int64_t end, int64_t step);
/* The same with bounds as texts: "for (int64_t i0 = FIRST; i0 < END; i0 += STEP)". */
struct index begin_text_loop(struct render *r, const char *first, const char *end, int64_t step);
/* Ends loops down to the number given, which r->loops.len was before they began. */
void end_loops(struct render *r, uint32_t count);
/* Begins loops over the elements of a shape: one over all if `flat`. Gives the place. */
struct place begin_elements(struct render *r, const struct shape *shape, bool flat);
/* What was computed for one body means nothing in the next. */
void forget_locals(struct render *r);

/* ---- sums (nest_sums.c) ---------------------------------------------------------------------- */

/* The result's element at `place`: a vector if the renderer makes vectors. */
const char *reduced_at(struct render *r, const struct ir_inst *inst, const struct place *place);
const char *arg_reduced_at(struct render *r, const struct ir_inst *inst, const struct place *place);
const char *contracted_at(struct render *r, const struct ir_inst *inst, const struct place *place);
/* Contractions of vectors of lanes that are made several at once: CONTRACTs of floats, long enough. */
enum { MOST_DOTS = 8 };
bool is_tiled(const struct render *r, const struct ir_inst *inst);
/* Of scalar results, all of one type and length: `put` gets each. */
void put_dots(struct render *r, const inst_id *insts, uint32_t count,
              void (*put)(struct render *r, value_id result, struct c_operand dot));
/* Of one axis. */
void put_rows_of_dots(struct render *r, const struct ir_inst *inst);
/* The whole of a contraction, if that is better than element by element. */
bool contracts_by_rows(const struct render *r, const struct ir_inst *inst);
void put_contract_by_rows(struct render *r, const struct ir_inst *inst);

#endif
