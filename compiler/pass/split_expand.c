/* Instructions of `split`, element by element. The order of sums and products is that of IR.md. */
#include "pass/constants.h"
#include "pass/split.h"

#include <string.h>

static const struct type *type_of(const struct split_func *cx, value_id value)
{
    return &cx->func->values.at[value].type;
}

static value_id emit_op(struct split_func *cx, enum op op, enum dtype dtype, const value_id *args)
{
    return ir_op(cx->prog, cx->func, cx->block, op, type_scalar(dtype), args, op_table[op].arity,
                 cx->loc);
}

static value_id emit_op2(struct split_func *cx, enum op op, enum dtype dtype, value_id x,
                         value_id y)
{
    const value_id args[2] = {x, y};
    return emit_op(cx, op, dtype, args);
}

static value_id emit_select(struct split_func *cx, value_id condition, value_id yes, value_id no)
{
    const value_id args[3] = {condition, yes, no};
    return emit_op(cx, OP_select, type_of(cx, yes)->dtype, args);
}

static value_id emit_const(struct split_func *cx, enum dtype dtype, union scalar constant)
{
    return ir_const(cx->prog, cx->func, cx->block, dtype, constant, cx->loc);
}

static value_id emit_index(struct split_func *cx, int64_t index)
{
    return emit_const(cx, DT_I64, (union scalar){.i = index});
}

/* ---- elements and wholes -------------------------------------------------------------------- */

bool split_value(const struct split_func *cx, value_id value)
{
    return value < cx->size && cx->is_split[value];
}

/* One element of a tensor that stays, at these indexes. */
static value_id emit_extract(struct split_func *cx, value_id tensor, const value_id *at)
{
    const struct type type = *type_of(cx, tensor);
    value_id args[1 + SHAPE_MAX_RANK] = {tensor};
    for (uint32_t i = 0; i < type.shape.rank; i++)
        args[1 + i] = at[i];
    struct ir_inst *inst =
        ir_inst_new(cx->prog, cx->func, cx->block, INST_EXTRACT, type_scalar(type.dtype), args,
                    1u + type.shape.rank, cx->loc);
    value_id result = inst->results.at[0];
    for (uint32_t i = 0; i < type.shape.rank; i++)
        vec_push(cx->prog->arena, &inst->axes, (struct ir_axis){.kind = AXIS_AT});
    return result;
}

value_id split_element(struct split_func *cx, value_id value, int64_t place)
{
    const struct shape shape = type_of(cx, value)->shape;
    int64_t index[SHAPE_MAX_RANK];
    value_id at[SHAPE_MAX_RANK];
    if (!shape.rank)
        return value;
    if (value < cx->size && cx->parts[value])
        return cx->parts[value][place];
    element_index(&shape, place, index);
    for (uint32_t i = 0; i < shape.rank; i++)
        at[i] = emit_index(cx, index[i]);
    return emit_extract(cx, value, at);
}

value_id split_whole(struct split_func *cx, value_id value)
{
    if (!split_value(cx, value))
        return value;
    const struct type type = *type_of(cx, value);
    int64_t count = shape_elements(&type.shape);
    struct type row = {.dtype = type.dtype, .shape = {.rank = 1, .dim = {count}}};
    value_id whole = ir_inst_new(cx->prog, cx->func, cx->block, INST_BUILD, row, cx->parts[value],
                                 (uint32_t)count, cx->loc)
                         ->results.at[0];
    if (type.shape.rank == 1)
        return whole;
    return ir_inst_new(cx->prog, cx->func, cx->block, INST_RESHAPE, type, &whole, 1, cx->loc)
        ->results.at[0];
}

value_id *split_new_parts(struct split_func *cx, value_id value)
{
    int64_t count = shape_elements(&type_of(cx, value)->shape);
    return cx->parts[value] = ARENA_ARRAY(cx->scratch, value_id, count);
}

/* "m.1.2", if nothing else has named it. */
void split_name_part(struct split_func *cx, value_id value, int64_t place)
{
    const struct ir_value *whole = &cx->func->values.at[value];
    struct ir_value *part = &cx->func->values.at[cx->parts[value][place]];
    int64_t index[SHAPE_MAX_RANK];
    if (!whole->hint || part->hint)
        return;
    const char *text = whole->hint;
    element_index(&whole->type.shape, place, index);
    for (int i = 0; i < whole->type.shape.rank; i++)
        text = arena_printf(cx->scratch, "%s.%lld", text, (long long)index[i]);
    part->hint = name_of_text(cx->prog->names, text);
}

/* ---- regions -------------------------------------------------------------------------------- */

/* How many places the scalar of an axis may mean. */
static int64_t axis_choices(const struct ir_axis *axis, int64_t dim)
{
    return axis->kind == AXIS_WINDOW ? dim - axis->count + 1 : dim;
}

int64_t split_choices(const struct ir_func *func, const struct ir_inst *inst)
{
    const struct shape *shape = &func->values.at[inst->args.at[0]].type.shape;
    int64_t choices = 1;
    for (uint32_t i = 0, next = 1; i < inst->axes.len; i++)
        if (ir_axis_has_scalar(&inst->axes.at[i]) && !constant_of(func, inst->args.at[next++]))
            choices *= axis_choices(&inst->axes.at[i], shape->dim[i]);
    return choices;
}

/* The choices of a region's indexes, one after another: constants, and all places of the others. */
struct choice {
    int64_t at[SHAPE_MAX_RANK];
    value_id condition; /* that the indexes are these; IR_NONE: they always are */
};

static uint32_t scalar_axis(const struct ir_inst *inst, uint32_t scalar)
{
    uint32_t axis = 0;
    while (!ir_axis_has_scalar(&inst->axes.at[axis]) || scalar-- > 0)
        axis++;
    return axis;
}

static struct choice choice_of(struct split_func *cx, const struct ir_inst *inst, int64_t number,
                               bool needs_condition)
{
    const struct shape shape = type_of(cx, inst->args.at[0])->shape;
    struct choice choice = {.condition = IR_NONE};
    uint32_t scalars = ir_axis_scalars(inst->axes.at, inst->axes.len);
    for (uint32_t i = 0; i < scalars; i++) {
        value_id index = inst->args.at[1 + i];
        const union scalar *constant = constant_of(cx->func, index);
        uint32_t axis = scalar_axis(inst, i);
        int64_t choices = axis_choices(&inst->axes.at[axis], shape.dim[axis]);
        if (constant) { /* one out of range gives any element */
            choice.at[i] = constant->i < 0 ? 0 : constant->i < choices ? constant->i : choices - 1;
            continue;
        }
        choice.at[i] = number % choices;
        number /= choices;
        if (!needs_condition)
            continue;
        value_id is_it = emit_op2(cx, OP_eq, DT_BOOL, index, emit_index(cx, choice.at[i]));
        choice.condition = choice.condition == IR_NONE
                               ? is_it
                               : emit_op2(cx, OP_and, DT_BOOL, choice.condition, is_it);
    }
    return choice;
}

/* Of a tensor that is split: the last choice needs no comparison. */
static void extract_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                          int64_t count)
{
    value_id from = inst->args.at[0];
    const struct shape shape = type_of(cx, from)->shape;
    int64_t choices = split_choices(cx->func, inst);
    for (int64_t number = choices; number-- > 0;) {
        bool is_last = number == choices - 1;
        struct choice choice = choice_of(cx, inst, number, !is_last);
        for (int64_t place = 0; place < count; place++) {
            int64_t source = region_element(inst->axes.at, choice.at, &shape, place);
            value_id element = split_element(cx, from, source);
            parts[place] =
                is_last ? element : emit_select(cx, choice.condition, element, parts[place]);
        }
    }
}

/* Of a tensor that stays. */
static void extract_elements(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                             int64_t count)
{
    value_id from = inst->args.at[0];
    struct shape region = ir_region_shape(inst->axes.at, inst->axes.len);
    for (int64_t place = 0; place < count; place++) {
        int64_t index[SHAPE_MAX_RANK];
        value_id at[SHAPE_MAX_RANK];
        element_index(&region, place, index);
        for (uint32_t i = 0, next = 0, scalar = 1; i < inst->axes.len; i++) {
            const struct ir_axis *axis = &inst->axes.at[i];
            if (axis->kind == AXIS_RANGE) {
                at[i] = emit_index(cx, axis->start + axis->step * index[next++]);
                continue;
            }
            at[i] = inst->args.at[scalar++];
            if (axis->kind == AXIS_WINDOW && index[next++] != 0)
                at[i] = emit_op2(cx, OP_add, DT_I64, at[i], emit_index(cx, index[next - 1]));
        }
        parts[place] = emit_extract(cx, from, at);
    }
}

static void insert_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                         int64_t count)
{
    value_id value = inst->args.at[inst->args.len - 1];
    const struct shape shape = type_of(cx, inst->args.at[0])->shape;
    int64_t choices = split_choices(cx->func, inst), replaced = 1;
    struct shape region = ir_region_shape(inst->axes.at, inst->axes.len);
    replaced = shape_elements(&region);
    for (int64_t place = 0; place < count; place++)
        parts[place] = split_element(cx, inst->args.at[0], place);
    value_id *old = ARENA_ARRAY(cx->scratch, value_id, count);
    memcpy(old, parts, (size_t)count * sizeof *old);
    for (int64_t number = 0; number < choices; number++) {
        struct choice choice = choice_of(cx, inst, number, choices > 1);
        for (int64_t place = 0; place < replaced; place++) {
            int64_t target = region_element(inst->axes.at, choice.at, &shape, place);
            value_id element = split_element(cx, value, place);
            parts[target] = choice.condition == IR_NONE
                                ? element
                                : emit_select(cx, choice.condition, element, parts[target]);
        }
    }
}

static void load_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                       const struct shape *shape)
{
    for (int64_t place = 0; place < shape_elements(shape); place++) {
        int64_t index[SHAPE_MAX_RANK];
        VEC(value_id) args = {0};
        element_index(shape, place, index);
        for (uint32_t i = 0; i < inst->args.len; i++)
            vec_push(cx->scratch, &args, inst->args.at[i]);
        for (uint32_t i = 0; i < shape->rank; i++)
            vec_push(cx->scratch, &args, emit_index(cx, index[i]));
        enum dtype dtype = cx->prog->shared.at[inst->symbol].type.dtype;
        struct ir_inst *load = ir_inst_new(cx->prog, cx->func, cx->block, INST_LOAD,
                                           type_scalar(dtype), args.at, args.len, cx->loc);
        load->symbol = inst->symbol;
        parts[place] = load->results.at[0];
    }
}

/* ---- sums ----------------------------------------------------------------------------------- */

static value_id in_order(struct split_func *cx, enum op op, enum dtype dtype, value_id from,
                         const value_id *rest, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        from = emit_op2(cx, op, dtype, from, rest[i]);
    return from;
}

/* ((r0+r1)+(r2+r3))+((r4+r5)+(r6+r7)) */
static value_id join_eight(struct split_func *cx, enum op op, enum dtype dtype, value_id *sums)
{
    for (uint32_t width = 8; width > 1; width /= 2)
        for (uint32_t i = 0; i < width / 2; i++)
            sums[i] = emit_op2(cx, op, dtype, sums[2 * i], sums[2 * i + 1]);
    return sums[0];
}

/* One element at least, and no more than a block of the pairwise sum. */
static value_id reduce_row(struct split_func *cx, enum op op, enum dtype dtype, const value_id *row,
                           int64_t count)
{
    bool is_float = dtype_table[dtype].cls == CLASS_FLOAT;
    if (!is_float || op != OP_add || count < 8)
        return in_order(cx, op, dtype, row[0], row + 1, count - 1);
    value_id sums[8];
    int64_t full = count - count % 8;
    memcpy(sums, row, sizeof sums);
    for (int64_t i = 8; i < full; i++)
        sums[i % 8] = emit_op2(cx, op, dtype, sums[i % 8], row[i]);
    value_id sum = join_eight(cx, op, dtype, sums);
    return in_order(cx, op, dtype, sum, row + full, count - full);
}

/* Rows of the elements that are reduced together, each in row-major order. */
static void reduce_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                         const struct shape *to)
{
    const struct type from = *type_of(cx, inst->args.at[0]);
    int64_t rows = shape_elements(to), count = shape_elements(&from.shape) / rows;
    value_id *row = ARENA_ARRAY(cx->scratch, value_id, rows * count);
    int64_t *filled = ARENA_ARRAY(cx->scratch, int64_t, rows);
    for (int64_t place = 0; place < rows * count; place++) {
        int64_t index[SHAPE_MAX_RANK], kept[SHAPE_MAX_RANK];
        uint32_t rank = 0;
        element_index(&from.shape, place, index);
        for (uint32_t i = 0; i < from.shape.rank; i++)
            if (!(inst->axis_set >> i & 1))
                kept[rank++] = index[i];
        int64_t result = element_place(to, kept);
        row[result * count + filled[result]++] = split_element(cx, inst->args.at[0], place);
    }
    for (int64_t i = 0; i < rows; i++)
        parts[i] = reduce_row(cx, inst->op, from.dtype, row + i * count, count);
}

/* What is better takes the place; nothing takes that of a nan. */
static value_id arg_reduce_row(struct split_func *cx, enum op op, const value_id *row,
                               int64_t count)
{
    enum dtype dtype = type_of(cx, row[0])->dtype;
    enum op compare = op == OP_min ? OP_lt : OP_gt;
    bool is_float = dtype_table[dtype].cls == CLASS_FLOAT;
    value_id best = row[0], at = emit_index(cx, 0);
    for (int64_t i = 1; i < count; i++) {
        value_id takes = emit_op2(cx, compare, DT_BOOL, row[i], best);
        if (is_float) {
            value_id is_nan = emit_op(cx, OP_isnan, DT_BOOL, &row[i]);
            value_id was_nan = emit_op(cx, OP_isnan, DT_BOOL, &best);
            value_id was_number = emit_op(cx, OP_not, DT_BOOL, &was_nan);
            takes = emit_op2(cx, OP_or, DT_BOOL, takes, is_nan);
            takes = emit_op2(cx, OP_and, DT_BOOL, takes, was_number);
        }
        best = emit_select(cx, takes, row[i], best);
        at = emit_select(cx, takes, emit_index(cx, i), at);
    }
    return at;
}

static void arg_reduce_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts)
{
    const struct type from = *type_of(cx, inst->args.at[0]);
    int64_t count = from.shape.dim[inst->axis], inner = 1;
    int64_t rows = shape_elements(&from.shape) / count;
    for (uint32_t i = inst->axis + 1u; i < from.shape.rank; i++)
        inner *= from.shape.dim[i];
    value_id *row = ARENA_ARRAY(cx->scratch, value_id, count);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < count; i++) {
            row[i] =
                split_element(cx, inst->args.at[0], (r / inner * count + i) * inner + r % inner);
            if (from.dtype == DT_BOOL) /* which has no order */
                row[i] = emit_op(cx, OP_cast, DT_U8, &row[i]);
        }
        parts[r] = arg_reduce_row(cx, inst->op, row, count);
    }
}

/* ---- contractions --------------------------------------------------------------------------- */

struct products {
    enum dtype dtype;
    const value_id *a, *b;
};

/* Products first, first + stride, .. before `end` onto a sum; IR_NONE: there is none yet. */
static value_id add_products(struct split_func *cx, const struct products *products, value_id sum,
                             int64_t first, int64_t end, int64_t stride)
{
    enum dtype dtype = products->dtype;
    bool is_bool = dtype == DT_BOOL;
    for (int64_t i = first; i < end; i += stride) {
        const value_id args[3] = {products->a[i], products->b[i], sum};
        if (dtype_table[dtype].cls == CLASS_FLOAT) {
            sum = emit_op(cx, OP_fma, dtype, args);
            continue;
        }
        value_id product = emit_op(cx, is_bool ? OP_and : OP_mul, dtype, args);
        sum = emit_op2(cx, is_bool ? OP_or : OP_add, dtype, sum, product);
    }
    return sum;
}

static value_id contract_row(struct split_func *cx, const struct products *products, int64_t count)
{
    enum dtype dtype = products->dtype;
    union scalar nothing;
    memset(&nothing, 0, sizeof nothing);
    value_id zero = emit_const(cx, dtype, nothing), sums[8];
    if (count < 8 || dtype_table[dtype].cls != CLASS_FLOAT)
        return add_products(cx, products, zero, 0, count, 1);
    int64_t full = count - count % 8;
    for (int64_t i = 0; i < 8; i++)
        sums[i] = add_products(cx, products, zero, i, full, 8);
    return add_products(cx, products, join_eight(cx, OP_add, dtype, sums), full, count, 1);
}

static int64_t extent_of(const struct shape *shape, uint32_t first, uint32_t end)
{
    int64_t count = 1;
    for (uint32_t i = first; i < end; i++)
        count *= shape->dim[i];
    return count;
}

static void contract_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts)
{
    const struct type a = *type_of(cx, inst->args.at[0]), b = *type_of(cx, inst->args.at[1]);
    uint32_t batch = inst->batch, inner = inst->inner;
    int64_t together = extent_of(&a.shape, 0, batch);
    int64_t count = extent_of(&a.shape, a.shape.rank - inner, a.shape.rank);
    int64_t a_rows = extent_of(&a.shape, batch, a.shape.rank - inner);
    int64_t b_rows = extent_of(&b.shape, batch, b.shape.rank - inner);
    int64_t a_count = together * a_rows * count, b_count = together * b_rows * count;
    value_id *a_parts = ARENA_ARRAY(cx->scratch, value_id, a_count + 1);
    value_id *b_parts = ARENA_ARRAY(cx->scratch, value_id, b_count + 1);
    for (int64_t i = 0; i < a_count; i++)
        a_parts[i] = split_element(cx, inst->args.at[0], i);
    for (int64_t i = 0; i < b_count; i++)
        b_parts[i] = split_element(cx, inst->args.at[1], i);
    for (int64_t g = 0; g < together; g++)
        for (int64_t i = 0; i < a_rows; i++)
            for (int64_t j = 0; j < b_rows; j++) {
                int64_t a_row = g * a_rows + i, b_row = g * b_rows + j;
                struct products products = {a.dtype, a_parts + a_row * count,
                                            b_parts + b_row * count};
                parts[a_row * b_rows + j] = contract_row(cx, &products, count);
            }
}

static int64_t products_of(const struct split_func *cx, const struct ir_inst *inst)
{
    const struct shape *a = &type_of(cx, inst->args.at[0])->shape;
    int64_t results = shape_elements(&type_of(cx, inst->results.at[0])->shape);
    return results * extent_of(a, a->rank - inst->inner, a->rank);
}

/* ---- instructions --------------------------------------------------------------------------- */

/* Are its elements at hand? Those of a parameter that keeps its type are, too. */
static bool has_parts(const struct split_func *cx, value_id value)
{
    return value < cx->size && cx->parts[value] && type_of(cx, value)->shape.rank;
}

static bool any_operand_has_parts(const struct split_func *cx, const struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (has_parts(cx, inst->args.at[i]))
            return true;
    return false;
}

/* Is the instruction written out? A scalar that is made of elements at hand, or a tensor that is
 * split. */
static bool is_expanded(const struct split_func *cx, const struct ir_inst *inst)
{
    value_id result = inst->results.at[0];
    bool gives_split = split_value(cx, result), gives_scalar = !type_of(cx, result)->shape.rank;
    if (!gives_split && !(gives_scalar && any_operand_has_parts(cx, inst)))
        return false;
    uint32_t first = inst->args.len ? inst->args.at[0] : 0;
    bool is_narrow = inst->args.len && type_of(cx, first)->dtype == DT_F16; /* summed in f32 */
    switch (inst->kind) {
    case INST_REDUCE:
    case INST_ARG_REDUCE:
        return has_parts(cx, first) && !is_narrow;
    case INST_CONTRACT:
        return any_operand_has_parts(cx, inst) && !is_narrow
               && products_of(cx, inst) <= SPLIT_MOST_PRODUCTS;
    case INST_EXTRACT:
        return gives_split || split_value(cx, first)
               || (has_parts(cx, first) && split_choices(cx->func, inst) == 1);
    case INST_OP:
    case INST_CONST:
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
    case INST_LOAD:
    case INST_IOTA:
    case INST_BUILD:
    case INST_CONCAT:
    case INST_INSERT:
        return true;
    case INST_TAKE:
    case INST_EXTENT:
    case INST_LANE_INDEX:
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        break;
    }
    return false;
}

static void op_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                     const struct type *type)
{
    for (int64_t place = 0; place < shape_elements(&type->shape); place++) {
        value_id args[3];
        for (uint32_t i = 0; i < inst->args.len; i++)
            args[i] = split_element(cx, inst->args.at[i], place);
        parts[place] = emit_op(cx, inst->op, type->dtype, args);
    }
}

static void map_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                      const struct type *type)
{
    const struct shape from = type_of(cx, inst->args.at[0])->shape;
    for (int64_t place = 0; place < shape_elements(&type->shape); place++)
        parts[place] = split_element(cx, inst->args.at[0],
                                     map_element(inst, NULL, &from, &type->shape, place));
}

static void concat_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts,
                         const struct type *type)
{
    int64_t first = 0;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const struct shape part = type_of(cx, inst->args.at[i])->shape;
        for (int64_t place = 0; place < shape_elements(&part); place++) {
            int64_t index[SHAPE_MAX_RANK];
            element_index(&part, place, index);
            index[inst->axis] += first;
            parts[element_place(&type->shape, index)] = split_element(cx, inst->args.at[i], place);
        }
        first += part.dim[inst->axis];
    }
}

static void make_parts(struct split_func *cx, const struct ir_inst *inst, value_id *parts)
{
    const struct type type = *type_of(cx, inst->results.at[0]);
    int64_t count = shape_elements(&type.shape);
    switch (inst->kind) {
    case INST_OP:
        op_parts(cx, inst, parts, &type);
        break;
    case INST_CONST:
        for (int64_t i = 0; i < count; i++)
            parts[i] =
                emit_const(cx, type.dtype, inst->elements ? inst->elements[i] : inst->constant);
        break;
    case INST_IOTA:
        for (int64_t i = 0; i < count; i++)
            parts[i] = emit_index(cx, i);
        break;
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
        map_parts(cx, inst, parts, &type);
        break;
    case INST_EXTRACT:
        if (has_parts(cx, inst->args.at[0]) && split_choices(cx->func, inst) <= SPLIT_MOST_CHOICES)
            extract_parts(cx, inst, parts, count);
        else
            extract_elements(cx, inst, parts, count);
        break;
    case INST_LOAD:
        load_parts(cx, inst, parts, &type.shape);
        break;
    case INST_BUILD:
        for (int64_t i = 0; i < count; i++) {
            int64_t each = count / inst->args.len;
            parts[i] = split_element(cx, inst->args.at[i / each], i % each);
        }
        break;
    case INST_CONCAT:
        concat_parts(cx, inst, parts, &type);
        break;
    case INST_INSERT:
        insert_parts(cx, inst, parts, count);
        break;
    case INST_REDUCE:
        reduce_parts(cx, inst, parts, &type.shape);
        break;
    case INST_ARG_REDUCE:
        arg_reduce_parts(cx, inst, parts);
        break;
    case INST_CONTRACT:
        contract_parts(cx, inst, parts);
        break;
    case INST_TAKE:
    case INST_EXTENT:
    case INST_LANE_INDEX:
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        break;
    }
}

/* Stays as it is, with whole operands; of a result that is split the elements are taken out. */
static void keep_inst(struct split_func *cx, inst_id id)
{
    for (uint32_t i = 0; i < cx->func->insts.at[id].args.len; i++) {
        value_id whole = split_whole(cx, cx->func->insts.at[id].args.at[i]);
        cx->func->insts.at[id].args.at[i] = whole;
    }
    vec_push(cx->prog->arena, &cx->func->blocks.at[cx->block].insts, id);
    struct ir_inst *inst = &cx->func->insts.at[id];
    if (inst->results.len != 1 || !split_value(cx, inst->results.at[0]))
        return;
    value_id old = inst->results.at[0];
    struct ir_value row = cx->func->values.at[old];
    vec_push(cx->prog->arena, &cx->func->values, row); /* the result itself, under another id */
    value_id whole = cx->func->values.len - 1;
    cx->func->insts.at[id].results.at[0] = whole;
    value_id *parts = split_new_parts(cx, old);
    for (int64_t i = 0; i < shape_elements(&row.type.shape); i++) {
        parts[i] = split_element(cx, whole, i);
        split_name_part(cx, old, i);
    }
}

void split_inst(struct split_func *cx, inst_id id)
{
    const struct ir_inst inst = cx->func->insts.at[id];
    cx->loc = inst.loc;
    if (inst.results.len != 1 || !is_expanded(cx, &inst)) {
        keep_inst(cx, id);
        return;
    }
    value_id result = inst.results.at[0];
    int64_t count = shape_elements(&type_of(cx, result)->shape);
    value_id *parts = ARENA_ARRAY(cx->scratch, value_id, count);
    make_parts(cx, &inst, parts);
    cx->parts[result] = parts;
    for (int64_t i = 0; i < count; i++)
        split_name_part(cx, result, i);
}
