/* One element of a tensor for each lane, as a vector: a gather from the rows of a home, from a
 * table or from an array of the caller, at an index that each lane has for itself. Fused tensors
 * are followed down to what they are made from: the index goes through their maps, their
 * operations become operations on the elements. An index that is the same for all lanes stays a
 * C scalar as long as it can.
 *
 * Nothing is read at an index that is out of range (a check that comes later says so), or for a
 * lane that is not in the mask. */
#include "emit/gang.h"
#include "emit/nest.h"

#include <inttypes.h>

/* A value of each lane: a constant, a C scalar, or a vector. */
struct lanes {
    bool is_known, is_uniform;
    int64_t known;
    const char *text; /* C scalar if uniform, else vector */
};

/* ---- index arithmetic ------------------------------------------------------------------------ */

static struct lanes known(struct piece_cx *cx, int64_t value)
{
    union scalar constant = {.i = value};
    return (struct lanes){true, true, value, constant_text(cx->arena, DT_I64, constant)};
}

static struct lanes of_value(struct piece_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    const char *uniform = gang_uniform(cx, value);
    if (plan_is_constant(cx->ir, value) && v->type.dtype == DT_I64)
        return known(cx, cx->ir->insts.at[v->inst].constant.i);
    if (uniform)
        return (struct lanes){.is_uniform = true, .text = uniform};
    return (struct lanes){.text = gang_value(cx, value)};
}

static const char *as_vector(struct piece_cx *cx, enum dtype dtype, struct lanes x)
{
    if (!x.is_uniform)
        return x.text;
    if (dtype == DT_BOOL)
        return arena_printf(cx->arena, "(%s ? AB_FULL : (mask)0)", x.text);
    return arena_printf(cx->arena, "splat_%s(%s)", dtype_table[dtype].name, x.text);
}

static struct lanes binary(struct piece_cx *cx, enum op op, struct lanes x, struct lanes y)
{
    const char *kernel = kernel_name(cx->arena, op, DT_I64, DT_I64);
    if (x.is_known && y.is_known) {
        union scalar args[2] = {{.i = x.known}, {.i = y.known}};
        return known(cx, op_eval(op, DT_I64, DT_I64, args).i);
    }
    if (x.is_uniform && y.is_uniform) {
        kernels_use_scalar(cx->kernels, op, DT_I64, DT_I64);
        return (struct lanes){.is_uniform = true,
                              .text = arena_printf(cx->arena, "ab_%s(%s, %s)", kernel, x.text,
                                                   y.text)};
    }
    kernels_use(cx->kernels, op, DT_I64, DT_I64);
    return (struct lanes){.text = arena_printf(cx->arena, "%s(%s, %s)", kernel,
                                               as_vector(cx, DT_I64, x),
                                               as_vector(cx, DT_I64, y))};
}

static struct lanes sum(struct piece_cx *cx, struct lanes x, struct lanes y)
{
    if (x.is_known && x.known == 0)
        return y;
    return y.is_known && y.known == 0 ? x : binary(cx, OP_add, x, y);
}

static struct lanes product(struct piece_cx *cx, struct lanes x, struct lanes y)
{
    if (x.is_known && x.known == 1)
        return y;
    if ((x.is_known && x.known == 0) || (y.is_known && y.known == 1))
        return x;
    return binary(cx, OP_mul, x, y);
}

/* A run-time extent is written in types as -1 - its number in the program. */
static struct lanes extent_of(struct piece_cx *cx, int64_t dim)
{
    if (dim >= 0)
        return known(cx, dim);
    return (struct lanes){.is_uniform = true, .text = gang_extent(cx, (uint32_t)(-1 - dim))};
}

/* The place in row-major order. */
static struct lanes flat_of(struct piece_cx *cx, const struct shape *shape,
                            const struct lanes *index)
{
    struct lanes flat = known(cx, 0);
    for (int i = 0; i < shape->rank; i++)
        flat = sum(cx, product(cx, flat, extent_of(cx, shape->dim[i])), index[i]);
    return flat;
}

static struct lanes count_of(struct piece_cx *cx, const struct shape *shape)
{
    struct lanes count = known(cx, 1);
    for (int i = 0; i < shape->rank; i++)
        count = product(cx, count, extent_of(cx, shape->dim[i]));
    return count;
}

/* The index of place `flat` of a static shape. */
static void index_of(struct piece_cx *cx, const struct shape *shape, struct lanes flat,
                     struct lanes *index)
{
    for (int i = shape->rank; i-- > 0;) {
        struct lanes dim = known(cx, shape->dim[i] > 0 ? shape->dim[i] : 1);
        index[i] = i == 0 ? flat : binary(cx, OP_mod, flat, dim);
        flat = binary(cx, OP_floordiv, flat, dim);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* "m & index_below(i, 100)", or the mask alone where the index is known to be in range. */
static const char *mask_in_range(struct piece_cx *cx, struct lanes flat, struct lanes count,
                                 const char *m)
{
    if (flat.is_known && count.is_known && flat.known >= 0 && flat.known < count.known)
        return m;
    return arena_printf(cx->arena, "%s & index_below(%s, %s)", m, as_vector(cx, DT_I64, flat),
                        count.text);
}

static const char *place_index(struct piece_cx *cx, const struct plan_home *home,
                               struct lanes flat)
{
    if (home->by_columns)
        return arena_printf(cx->arena, "column_index(%s)", as_vector(cx, DT_I64, flat));
    return arena_printf(cx->arena, "row_index(%s, %" PRIu64 ")", as_vector(cx, DT_I64, flat),
                        plan_row_stride(home->dtype, home->elements));
}

/* "s->h_x[i]": the element of all lanes, of a tensor by columns. */
static const char *column_text(struct piece_cx *cx, const struct plan_home *home,
                               struct lanes flat, struct lanes count)
{
    if (flat.is_known && flat.known >= 0 && flat.known < count.known)
        return arena_printf(cx->arena, "s->%s[%" PRId64 "]", home->name, flat.known);
    return arena_printf(cx->arena, "s->%s[column_of(%s, %s)]", home->name, flat.text, count.text);
}

static struct lanes from_home(struct piece_cx *cx, value_id value, struct lanes flat, const char *m)
{
    const struct plan_home *home = &cx->entry->homes.at[gang_home(cx, value)];
    struct lanes count = count_of(cx, &cx->ir->values.at[value].type.shape);
    const char *dtype = dtype_table[home->dtype].name;
    if (home->by_columns && flat.is_uniform)
        return (struct lanes){.text = arena_printf(cx->arena, "ld_%s(%s)", dtype,
                                                   column_text(cx, home, flat, count))};
    return (struct lanes){
        .text = arena_printf(cx->arena, "gather_%s(%s, &s->%s[0][0], %s)", dtype,
                             mask_in_range(cx, flat, count, m), home->name,
                             place_index(cx, home, flat))};
}

/* From memory that all lanes share, `base` a pointer to its elements. */
static struct lanes from_shared(struct piece_cx *cx, enum dtype dtype, const char *base,
                                struct lanes flat, struct lanes count, const char *m)
{
    const char *suffix = dtype_table[dtype].name;
    if (flat.is_uniform)
        return (struct lanes){.is_uniform = true,
                              .text = arena_printf(cx->arena, "shared_%s(%s, %s, %s)", suffix, base,
                                                   flat.text, count.text)};
    return (struct lanes){.text = arena_printf(cx->arena, "gather_%s(%s, %s, %s)", suffix,
                                               mask_in_range(cx, flat, count, m), base,
                                               as_vector(cx, DT_I64, flat))};
}

static struct lanes from_load(struct piece_cx *cx, const struct ir_inst *inst,
                              const struct lanes *index, const char *m)
{
    const struct type *type = &cx->plan->prog->shared.at[inst->symbol].type;
    struct lanes all[SHAPE_MAX_RANK];
    for (uint32_t i = 0; i < type->shape.rank; i++)
        all[i] = i < inst->args.len ? of_value(cx, inst->args.at[i]) : index[i - inst->args.len];
    const char *base = arena_printf(cx->arena, "(const %s *)%s", dtype_table[type->dtype].c_name,
                                    gang_shared(cx, inst->symbol));
    return from_shared(cx, type->dtype, base, flat_of(cx, &type->shape, all),
                       count_of(cx, &type->shape), m);
}

/* ---- fused tensors --------------------------------------------------------------------------- */

static struct lanes lanes_at(struct piece_cx *cx, value_id value, const struct lanes *index,
                               const char *m);

static struct lanes element_of_op(struct piece_cx *cx, const struct ir_inst *inst,
                                  const struct lanes *index, const char *m)
{
    enum dtype to = cx->ir->values.at[inst->results.at[0]].type.dtype;
    enum dtype operand = cx->ir->values.at[inst->args.at[inst->args.len - 1]].type.dtype;
    bool per_lane = kernel_is_per_lane(cx->kernels, inst->op, operand);
    const char *text = arena_printf(cx->arena, "%s(%s",
                                    kernel_name(cx->arena, inst->op, operand, to),
                                    per_lane ? m : "");
    kernels_use(cx->kernels, inst->op, operand, to);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        enum dtype dtype = cx->ir->values.at[inst->args.at[i]].type.dtype;
        struct lanes arg = lanes_at(cx, inst->args.at[i], index, m);
        text = arena_printf(cx->arena, "%s%s%s", text, i || per_lane ? ", " : "",
                            as_vector(cx, dtype, arg));
    }
    return (struct lanes){.text = arena_printf(cx->arena, "%s)", text)};
}

static struct lanes element_of_extract(struct piece_cx *cx, const struct ir_inst *inst,
                                       const struct lanes *index, const char *m)
{
    struct lanes all[SHAPE_MAX_RANK];
    uint32_t scalar = 1, axis = 0; /* arguments and result axes used up */
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        const struct ir_axis *a = &inst->axes.at[i];
        switch (a->kind) {
        case AXIS_AT:
            all[i] = of_value(cx, inst->args.at[scalar++]);
            break;
        case AXIS_WINDOW:
            all[i] = sum(cx, of_value(cx, inst->args.at[scalar++]), index[axis++]);
            break;
        case AXIS_RANGE:
            all[i] = sum(cx, known(cx, a->start), product(cx, index[axis++], known(cx, a->step)));
            break;
        }
    }
    return lanes_at(cx, inst->args.at[0], all, m);
}

static struct lanes element_of_map(struct piece_cx *cx, const struct ir_inst *inst,
                                   const struct lanes *index, const char *m)
{
    const struct shape *to = &cx->ir->values.at[inst->results.at[0]].type.shape;
    const struct shape *from = &cx->ir->values.at[inst->args.at[0]].type.shape;
    struct lanes all[SHAPE_MAX_RANK];
    if (inst->kind == INST_RESHAPE)
        index_of(cx, from, flat_of(cx, to, index), all);
    for (int i = 0; i < from->rank; i++)
        if (inst->kind == INST_BROADCAST)
            all[i] = from->dim[i] == 1 ? known(cx, 0) : index[to->rank - from->rank + i];
    for (int i = 0; i < to->rank; i++)
        if (inst->kind == INST_TRANSPOSE)
            all[inst->perm[i]] = index[i];
    return lanes_at(cx, inst->args.at[0], all, m);
}

static struct lanes element_of_const(struct piece_cx *cx, const struct ir_inst *inst,
                                     const struct lanes *index, const char *m)
{
    const struct type *type = &cx->ir->values.at[inst->results.at[0]].type;
    if (!inst->elements)
        return (struct lanes){.is_uniform = true,
                              .text = constant_text(cx->arena, type->dtype, inst->constant)};
    const char *table = nest_table(cx->unit->tables, type->dtype, inst->elements,
                                   (uint64_t)shape_elements(&type->shape));
    return from_shared(cx, type->dtype, table, flat_of(cx, &type->shape, index),
                       count_of(cx, &type->shape), m);
}

static struct lanes lanes_at(struct piece_cx *cx, value_id value, const struct lanes *index,
                               const char *m)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    if (v->type.shape.rank == 0)
        return of_value(cx, value);
    if (plan_is_stored(cx->func, value))
        return from_home(cx, value, flat_of(cx, &v->type.shape, index), m);
    const struct ir_inst *inst = &cx->ir->insts.at[v->inst];
    switch (inst->kind) {
    case INST_OP:
        return element_of_op(cx, inst, index, m);
    case INST_CONST:
        return element_of_const(cx, inst, index, m);
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
        return element_of_map(cx, inst, index, m);
    case INST_EXTRACT:
        return element_of_extract(cx, inst, index, m);
    case INST_LOAD:
        return from_load(cx, inst, index, m);
    case INST_IOTA:
        return index[0];
    AB_CASE_TENSOR_MAKERS:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        break; /* never fused */
    }
    return known(cx, 0);
}

/* ---- instructions ---------------------------------------------------------------------------- */

void emit_element(struct piece_cx *cx, const struct ir_inst *inst, const char *m)
{
    value_id result = inst->results.at[0];
    enum dtype dtype = cx->ir->values.at[result].type.dtype;
    struct lanes element = inst->kind == INST_LOAD ? from_load(cx, inst, NULL, m)
                                                   : element_of_extract(cx, inst, NULL, m);
    cx->names[result] = gang_name(cx, result);
    if (element.is_uniform && bitset_has(&cx->same, result)) {
        bitset_add(&cx->uniform, result);
        text_printf(cx->out, "const %s %s = %s;\n", dtype_table[dtype].c_name, cx->names[result],
                    element.text);
        return;
    }
    text_printf(cx->out, "const %s %s = %s;\n", gang_type(dtype), cx->names[result],
                as_vector(cx, dtype, element));
}

bool is_element_insert(const struct piece_cx *cx, const struct ir_inst *inst)
{
    return inst->kind == INST_INSERT && !plan_is_tensor(cx->ir, inst->args.at[inst->args.len - 1]);
}

/* The other elements are there already: a copy comes before where buffers differ. */
void emit_element_insert(struct piece_cx *cx, const struct ir_inst *inst, const char *m)
{
    value_id result = inst->results.at[0];
    const struct type *type = &cx->ir->values.at[result].type;
    const struct plan_home *home = &cx->entry->homes.at[gang_home(cx, result)];
    struct lanes index[SHAPE_MAX_RANK];
    for (uint32_t i = 0; i < inst->axes.len; i++) /* each is AT: its value is a scalar */
        index[i] = of_value(cx, inst->args.at[1 + i]);
    struct lanes flat = flat_of(cx, &type->shape, index), count = count_of(cx, &type->shape);
    const char *dtype = dtype_table[type->dtype].name;
    const char *value = gang_value(cx, inst->args.at[inst->args.len - 1]);
    if (home->by_columns && flat.is_uniform)
        text_printf(cx->out, "st_%s(%s, %s, %s);\n", dtype, m, column_text(cx, home, flat, count),
                    value);
    else
        text_printf(cx->out, "scatter_%s(%s, &s->%s[0][0], %s, %s);\n", dtype,
                    mask_in_range(cx, flat, count, m), home->name, place_index(cx, home, flat),
                    value);
}

/* A constant, or 0, 1, .. of a tensor by columns: one element of all lanes after the other. */
void emit_columns(struct piece_cx *cx, const struct ir_inst *inst, const char *m)
{
    value_id result = inst->results.at[0];
    const struct type *type = &cx->ir->values.at[result].type;
    const struct plan_home *home = &cx->entry->homes.at[gang_home(cx, result)];
    const char *dtype = dtype_table[type->dtype].name, *element = "(int64_t)i";
    uint64_t count = (uint64_t)shape_elements(&type->shape);
    if (inst->kind == INST_CONST && inst->elements)
        element = arena_printf(cx->arena, "%s[i]",
                               nest_table(cx->unit->tables, type->dtype, inst->elements,
                                          (int64_t)count));
    else if (inst->kind == INST_CONST)
        element = constant_text(cx->arena, type->dtype, inst->constant);
    text_printf(cx->out, "for (size_t i = 0; i < %" PRIu64 "; i++)\n"
                         "    st_%s(%s, s->%s[i], splat_%s(%s));\n",
                count, dtype, m, home->name, dtype, element);
}
