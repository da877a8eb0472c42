/* Sums and other reductions, in the order that the language gives them (IR.md, section 3). */
#include "emit/nest_place.h"

#include <inttypes.h>
#include <string.h>

enum { LANES = 8, BLOCK = 128 }; /* partial sums of a block; the longest block of a pairwise sum */

/* ---- sequences -------------------------------------------------------------------------------- */

/* What is added up: element `at` of a sequence. */
struct sequence {
    struct render *r;
    const struct ir_inst *inst;
    const struct place *place;  /* of the result's element */
    enum dtype dtype;
    int64_t count;
    bool is_contract;
    const char *(*next)(const struct sequence *s, const char *sum, const struct index *at);
};

static bool is_reduced(const struct ir_inst *inst, int axis)
{
    return inst->kind == INST_REDUCE ? inst->axis_set >> axis & 1 : axis == inst->axis;
}

/* The place in the operand of a reduction: element `at` of the sequence of reduced axes. */
static struct place reduced_place(struct render *r, const struct ir_inst *inst,
                                  const struct place *place, struct index at)
{
    const struct shape *shape = &nest_type(r, inst->args.at[0])->shape;
    struct index axis[SHAPE_MAX_RANK], linear = index_constant(0), row = at;
    int64_t stride[SHAPE_MAX_RANK], inner = 1;
    int kept = nest_type(r, inst->results.at[0])->shape.rank, first = -1, last = -1, count = 0;
    for (int i = shape->rank; i-- > 0; inner *= shape->dim[i]) {
        stride[i] = inner;
        if (is_reduced(inst, i)) {
            last = last < 0 ? i : last;
            first = i;
            count++;
        }
    }
    for (int i = shape->rank; i-- > 0;) {
        if (!is_reduced(inst, i)) {
            axis[i] = place->axis[--kept];
            struct index part = index_scale(axis[i], stride[i]);
            linear = index_add(part, &linear);
            continue;
        }
        axis[i] = i == first ? row : index_rest(r->d->arena, &row, shape->dim[i]);
        row = index_quotient(r->d->arena, &row, shape->dim[i]);
    }
    struct place result = place_of_axes(r, shape, axis);
    if (count > 1 && last - first == count - 1) {
        /* Neighbours are one axis. */
        struct index part = index_scale(at, stride[last]);
        result.linear = index_add(linear, &part);
    }
    return result;
}

/* The place in operand `arg` of a contraction. */
static struct place contracted_place(struct render *r, const struct ir_inst *inst, uint32_t arg,
                                     const struct place *place, struct index at)
{
    const struct shape *shape = &nest_type(r, inst->args.at[arg])->shape;
    const struct shape *other = &nest_type(r, inst->args.at[1 - arg])->shape;
    struct index axis[SHAPE_MAX_RANK], linear = at, row = at;
    int free = shape->rank - inst->inner;
    int skip = arg == 1 ? other->rank - inst->inner - inst->batch : 0;
    int64_t stride = 1;
    for (int i = shape->rank; i-- > free;) {
        axis[i] = i == free ? row : index_rest(r->d->arena, &row, shape->dim[i]);
        row = index_quotient(r->d->arena, &row, shape->dim[i]);
        stride *= shape->dim[i];
    }
    for (int i = free; i-- > 0;) {
        axis[i] = place->axis[i < inst->batch ? i : i + skip];
        struct index part = index_scale(axis[i], stride);
        linear = index_add(part, &linear);
        stride *= shape->dim[i];
    }
    struct place result = place_of_axes(r, shape, axis);
    result.linear = linear;
    return result;
}

/* ---- steps ------------------------------------------------------------------------------------ */

static bool makes_lanes(const struct sequence *s)
{
    return s->r->d->lanes_kernels != NULL;
}

/* A sum on its way. */
static struct c_operand sum_operand(const struct sequence *s, const char *text)
{
    return (struct c_operand){.expr = {text, LEVEL_CALL}, .dtype = s->dtype, .value = IR_NONE,
                              .is_variable = true, .is_lanes = makes_lanes(s)};
}

static const char *apply(const struct sequence *s, enum op op, struct c_operand x,
                         struct c_operand y)
{
    struct c_operand operands[2] = {x, y};
    return nest_op(s->r, op, s->dtype, operands, 2).expr.text;
}

/* An element as what sums are made of. */
static const char *first_text(const struct sequence *s, const struct c_operand *x)
{
    return makes_lanes(s) ? c_as_lanes(s->r->d->arena, x) : x->expr.text;
}

static struct c_operand element_of(const struct sequence *s, const struct index *at)
{
    struct place place = reduced_place(s->r, s->inst, s->place, *at);
    forget_locals(s->r);
    return nest_element_at(s->r, s->inst->args.at[0], &place);
}

static const char *next_element(const struct sequence *s, const char *sum, const struct index *at)
{
    struct c_operand x = element_of(s, at);
    return sum ? apply(s, s->inst->op, sum_operand(s, sum), x) : first_text(s, &x);
}

/* fma(a, b, sum); a * b + sum of integers; a & b | sum. */
static const char *next_product(const struct sequence *s, const char *sum, const struct index *at)
{
    struct c_operand x[3];
    forget_locals(s->r);
    for (uint32_t k = 0; k < 2; k++) {
        struct place place = contracted_place(s->r, s->inst, k, s->place, *at);
        x[k] = nest_element_at(s->r, s->inst->args.at[k], &place);
    }
    x[2] = sum_operand(s, sum);
    if (dtype_table[s->dtype].cls == CLASS_FLOAT)
        return nest_op(s->r, OP_fma, s->dtype, x, 3).expr.text;
    bool is_bool = s->dtype == DT_BOOL;
    struct c_operand product = nest_op(s->r, is_bool ? OP_and : OP_mul, s->dtype, x, 2);
    return apply(s, is_bool ? OP_or : OP_add, x[2], product);
}

/* ---- in order --------------------------------------------------------------------------------- */

static const char *new_variable(struct render *r, const char *wish)
{
    return name_scope_add(r->d->names, c_identifier(r->d->arena, wish));
}

static const char *type_of(const struct sequence *s)
{
    return local_type(s->dtype, makes_lanes(s));
}

/* "sum = sum + x[i];" for each element of first .. end - 1. */
static void put_in_order(const struct sequence *s, const char *sum, int64_t first, int64_t end)
{
    if (first >= end)
        return;
    uint32_t loops = s->r->loops.len;
    struct index at = begin_loop(s->r, first, end, 1);
    const char *text = s->next(s, sum, &at);
    text_printf(s->r->out, "%s = %s;\n", sum, text);
    end_loops(s->r, loops);
}

static const char *put_begin(const struct sequence *s, const char *wish, const char *text)
{
    const char *sum = new_variable(s->r, wish);
    text_printf(s->r->out, "%s %s = %s;\n", type_of(s), sum, text);
    return sum;
}

/* A constant as what sums are made of. */
static const char *constant_sum(const struct sequence *s, const char *text)
{
    const struct c_operand constant = {.expr = {text, LEVEL_CALL}, .dtype = s->dtype};
    return first_text(s, &constant);
}

static const char *zero_text(const struct sequence *s)
{
    return constant_sum(s, dtype_table[s->dtype].cls == CLASS_FLOAT
                               ? s->dtype == DT_F32 ? "0.0f" : "0.0" : "0");
}

/* The first element, or 0 of a contraction, then the others. */
static const char *in_order(const struct sequence *s, const char *wish)
{
    struct index first = index_constant(0);
    if (s->is_contract) {
        const char *sum = put_begin(s, wish, zero_text(s));
        put_in_order(s, sum, 0, s->count);
        return sum;
    }
    const char *text = s->next(s, NULL, &first);
    if (s->count == 1)
        return text;
    const char *sum = put_begin(s, wish, text);
    put_in_order(s, sum, 1, s->count);
    return sum;
}

/* ---- eight partial sums ----------------------------------------------------------------------- */

/* A place in the sequence: `base` may be known at run time only. */
static struct index plus(const struct index *base, const struct index *at)
{
    return base ? index_add(*base, at) : *at;
}

static void put_lane_step(const struct sequence *s, const char *part, const struct index *base,
                          bool is_first)
{
    uint32_t loops = s->r->loops.len;
    struct index lane = begin_loop(s->r, 0, LANES, 1);
    struct index at = plus(base, &lane);
    const char *element = arena_printf(s->r->d->arena, "%s[%s]", part,
                                       index_sum_text(s->r->d->arena, &lane));
    const char *text = s->next(s, is_first ? NULL : element, &at);
    text_printf(s->r->out, "%s = %s;\n", element, text);
    end_loops(s->r, loops);
}

/* ((p0 + p1) + (p2 + p3)) + ((p4 + p5) + (p6 + p7)) */
static const char *join_texts(const struct sequence *s, const char *sums[LANES])
{
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            sums[i] = makes_lanes(s)
                ? apply(s, OP_add, sum_operand(s, sums[2 * i]), sum_operand(s, sums[2 * i + 1]))
                : arena_printf(s->r->d->arena, width == 1 ? "%s + %s" : "(%s + %s)", sums[2 * i],
                               sums[2 * i + 1]);
    return sums[0];
}

static const char *joined(const struct sequence *s, const char *part)
{
    const char *sums[LANES];
    for (int i = 0; i < LANES; i++)
        sums[i] = arena_printf(s->r->d->arena, "%s[%d]", part, i);
    return join_texts(s, sums);
}

/* All of a sequence of a length that is known, at least 8. */
static const char *in_eight(const struct sequence *s, const char *wish)
{
    struct render *r = s->r;
    int64_t whole = s->count - s->count % LANES;
    const char *part = new_variable(r, "part");
    text_printf(r->out, "%s %s[%d]%s;\n", type_of(s), part, LANES, s->is_contract ? " = {0}" : "");
    if (!s->is_contract)
        put_lane_step(s, part, NULL, true);
    int64_t first = s->is_contract ? 0 : LANES;
    if (first < whole) {
        uint32_t loops = r->loops.len;
        struct index base = whole - first == LANES
                                ? index_constant(first)
                                : begin_loop(r, first, whole, LANES);
        put_lane_step(s, part, &base, false);
        end_loops(r, loops);
    }
    const char *sum = put_begin(s, wish, joined(s, part));
    put_in_order(s, sum, whole, s->count);
    return sum;
}

/* One block of `n` elements from `base` on, both variables. */
static const char *put_block(const struct sequence *s, const char *base, const char *n)
{
    struct render *r = s->r;
    struct arena *arena = r->d->arena;
    const char *part = new_variable(r, "part");
    struct index at = index_term(base, s->count);
    text_printf(r->out, "%s %s[%d];\n", type_of(s), part, LANES);
    put_lane_step(s, part, &at, true);
    uint32_t loops = r->loops.len;
    const char *whole = arena_printf(arena, "%s - %s %% %d", n, n, LANES);
    struct index row = begin_text_loop(r, "8", whole, LANES);
    row = index_add(at, &row);
    put_lane_step(s, part, &row, false);
    end_loops(r, loops);
    const char *sum = put_begin(s, "block", joined(s, part));
    row = begin_text_loop(r, whole, n, 1);
    row = index_add(at, &row);
    const char *text = s->next(s, sum, &row);
    text_printf(r->out, "%s = %s;\n", sum, text);
    end_loops(r, loops);
    return sum;
}

/* Pairwise: a stack of lengths to do, 0 standing for "add the last two sums". */
static const char *pairwise(const struct sequence *s)
{
    struct render *r = s->r;
    const char *sums = new_variable(r, "sums"), *todo = new_variable(r, "todo");
    const char *done = new_variable(r, "done"), *left = new_variable(r, "left");
    const char *base = new_variable(r, "begin"), *n = new_variable(r, "n");
    int depth = 2;
    for (int64_t length = s->count; length > BLOCK; length = length - length / 2 + 8)
        depth++;
    text_printf(r->out, "/* NumPy's pairwise sum: halves down to blocks of at most %d. */\n", BLOCK);
    text_printf(r->out, "%s %s[%d];\nint64_t %s[%d] = {%" PRId64 "}, %s = 0;\n", type_of(s), sums,
                depth, todo, 2 * depth, s->count, base);
    text_printf(r->out, "int %s = 0, %s = 1;\nwhile (%s > 0) {\n", done, left, left);
    r->out->indent++;
    text_printf(r->out, "const int64_t %s = %s[--%s];\n", n, todo, left);
    text_printf(r->out, "if (%s > %d) {\n    const int64_t half = %s / 2 - %s / 2 %% %d;\n", n,
                BLOCK, n, n, LANES);
    text_printf(r->out, "    %s[%s++] = 0;\n    %s[%s++] = %s - half;\n    %s[%s++] = half;\n", todo,
                left, todo, left, n, todo, left);
    text_printf(r->out, "} else if (%s == 0) {\n    %s--;\n    %s[%s - 1] = %s[%s - 1] + %s[%s];\n",
                n, done, sums, done, sums, done, sums, done);
    text_put(r->out, "} else {\n");
    r->out->indent++;
    const char *block = put_block(s, base, n);
    text_printf(r->out, "%s[%s++] = %s;\n%s += %s;\n", sums, done, block, base, n);
    r->out->indent -= 2;
    text_put(r->out, "    }\n}\n");
    return arena_printf(r->d->arena, "%s[0]", sums);
}

/* ---- the reductions --------------------------------------------------------------------------- */

static int64_t product_of_axes(const struct shape *shape, const struct ir_inst *inst)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        if (is_reduced(inst, i))
            count *= shape->dim[i];
    return count;
}

static const char *empty_text(const struct sequence *s)
{
    enum dtype_class cls = (enum dtype_class)dtype_table[s->dtype].cls;
    if (s->inst->op == OP_mul)
        return constant_sum(s, cls == CLASS_FLOAT ? s->dtype == DT_F32 ? "1.0f" : "1.0" : "1");
    if (s->inst->op == OP_and)
        return constant_sum(s, cls == CLASS_BOOL ? "1"
                                   : arena_printf(s->r->d->arena, "(%s)-1",
                                                  dtype_table[s->dtype].c_name));
    return zero_text(s);
}

static struct sequence reduction(struct render *r, const struct ir_inst *inst,
                                 const struct place *place)
{
    const struct type *type = nest_type(r, inst->args.at[0]);
    return (struct sequence){.r = r, .inst = inst, .place = place, .dtype = type->dtype,
                             .count = product_of_axes(&type->shape, inst), .next = next_element};
}

/* "sum" for add; others are called like their operation. */
static const char *name_of_reduction(enum op op)
{
    return op == OP_add ? "sum" : op == OP_mul ? "product" : op == OP_and ? "all"
           : op == OP_or ? "any" : op_table[op].name;
}

const char *reduced_at(struct render *r, const struct ir_inst *inst, const struct place *place)
{
    struct sequence s = reduction(r, inst, place);
    if (s.count == 0)
        return empty_text(&s);
    if (inst->op != OP_add || dtype_table[s.dtype].cls != CLASS_FLOAT || s.count < LANES)
        return in_order(&s, name_of_reduction(inst->op));
    return s.count <= BLOCK ? in_eight(&s, "sum") : pairwise(&s);
}

/* The first nan wins: it is better than any number, and nothing is better than it. */
const char *arg_reduced_at(struct render *r, const struct ir_inst *inst, const struct place *place)
{
    struct sequence s = reduction(r, inst, place);
    struct arena *arena = r->d->arena;
    struct index at = index_constant(0);
    if (s.count <= 1)
        return "0";
    const char *best = put_begin(&s, "best", element_of(&s, &at).expr.text);
    const char *where = new_variable(r, "best_at");
    text_printf(r->out, "int64_t %s = 0;\n", where);
    uint32_t loops = r->loops.len;
    at = begin_loop(r, 1, s.count, 1);
    struct c_operand element = element_of(&s, &at);
    const char *x = put_local(r, s.dtype, false, "x", element.expr.text);
    const char *better = arena_printf(arena, "%s %c %s", x, inst->op == OP_min ? '<' : '>', best);
    if (dtype_table[s.dtype].cls == CLASS_FLOAT)
        better = arena_printf(arena, "%s || (%s != %s && %s == %s)", better, x, x, best, best);
    text_printf(r->out, "if (%s) {\n    %s = %s;\n    %s = %s;\n}\n", better, best, x, where,
                index_sum_text(arena, &at));
    end_loops(r, loops);
    return where;
}

static bool has_partial_sums(enum dtype dtype, int64_t count)
{
    return dtype_table[dtype].cls == CLASS_FLOAT && count >= LANES;
}

static struct sequence contraction(struct render *r, const struct ir_inst *inst,
                                   const struct place *place)
{
    const struct type *type = nest_type(r, inst->args.at[0]);
    struct sequence s = {.r = r, .inst = inst, .place = place, .dtype = type->dtype, .count = 1,
                         .is_contract = true, .next = next_product};
    for (int i = type->shape.rank - inst->inner; i < type->shape.rank; i++)
        s.count *= type->shape.dim[i];
    return s;
}

const char *contracted_at(struct render *r, const struct ir_inst *inst, const struct place *place)
{
    struct sequence s = contraction(r, inst, place);
    if (!has_partial_sums(s.dtype, s.count))
        return in_order(&s, "dot");
    return in_eight(&s, "dot");
}

/* ---- contractions by rows --------------------------------------------------------------------- */

/* The distance in memory between neighbours along an axis; -1 if there is none that is the same for all. */
static int64_t axis_stride(const struct render *r, value_id value, int axis)
{
    const struct ir_inst *inst = nest_value_inst(r, value);
    const struct shape *shape = &nest_type(r, value)->shape;
    int64_t stride = 1, inner;
    for (int i = axis + 1; i < shape->rank; i++)
        stride *= shape->dim[i];
    if (r->d->nests->form[value] == FORM_STORED || inst->kind == INST_CONST ||
        inst->kind == INST_LOAD || inst->kind == INST_IOTA)
        return stride;
    if (inst->kind == INST_TRANSPOSE)
        return axis_stride(r, inst->args.at[0], inst->perm[axis]);
    if (inst->kind != INST_EXTRACT)
        return -1;
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        if (inst->axes.at[i].kind == AXIS_AT || axis-- > 0)
            continue;
        inner = axis_stride(r, inst->args.at[0], (int)i);
        return inst->axes.at[i].kind == AXIS_RANGE ? inner * inst->axes.at[i].step : inner;
    }
    return -1;
}

/* The longest part of a row of the result that is worked on at a time: its sums stay in the nearest cache. */
static int64_t tile_of(int64_t row)
{
    enum { LONGEST = 32 };
    for (int64_t tile = row < LONGEST ? row : LONGEST; tile > 1; tile--)
        if (row % tile == 0)
            return tile;
    return 1;
}

/* Does one operand lie in memory row by row along the result's last axis, but not along the sum? Then the
 * innermost loop goes along the result's row; the order of each sum stays. (Measured with products of matrices,
 * clang 19: 1.1 to 5 times as fast; where a part of a row is so short that all its loops are unrolled, 15
 * times slower.) */
bool contracts_by_rows(const struct render *r, const struct ir_inst *inst)
{
    enum { SHORTEST = 20 };
    const struct shape *result = &nest_type(r, inst->results.at[0])->shape;
    const struct shape *second = &nest_type(r, inst->args.at[1])->shape;
    uint32_t arg = second->rank > inst->batch + inst->inner;
    value_id value = inst->args.at[arg];
    int rank = nest_type(r, value)->shape.rank;
    return !r->d->lanes_kernels && inst->inner == 1 && rank > inst->batch + 1 &&
           axis_stride(r, value, rank - 1) != 1 && axis_stride(r, value, rank - 2) == 1 &&
           tile_of(result->dim[result->rank - 1]) >= SHORTEST;
}

/* A row of the result, or a part of it. */
struct row {
    struct sequence *s;
    struct place place;        /* of the element at hand */
    struct index axis[SHAPE_MAX_RANK];
    struct index first;        /* of the part, along the last axis */
    int last;
    int64_t tile;
};

/* Begins the loop along the row; gives the index in the tile. */
static struct index begin_row(struct row *row)
{
    struct index at = begin_loop(row->s->r, 0, row->tile, 1);
    row->axis[row->last] = index_add(row->first, &at);
    row->place = place_of_axes(row->s->r, &nest_type(row->s->r, row->s->inst->results.at[0])->shape,
                               row->axis);
    return at;
}

/* "dot[i] = fma(a, b, dot[i]);" along the row, for element `at` of the sequence. `lane`: of partial sums. */
static void put_row_step(struct row *row, const char *sums, const struct index *lane,
                         const struct index *at)
{
    struct arena *arena = row->s->r->d->arena;
    uint32_t loops = row->s->r->loops.len;
    struct index in_row = begin_row(row);
    const char *column = index_sum_text(arena, &in_row);
    const char *sum = lane ? arena_printf(arena, "%s[%s][%s]", sums, index_sum_text(arena, lane), column)
                           : arena_printf(arena, "%s[%s]", sums, column);
    const char *text = row->s->next(row->s, sum, at);
    text_printf(row->s->r->out, "%s = %s;\n", sum, text);
    end_loops(row->s->r, loops);
}

/* Eight partial sums for each element of the row, joined into `sums`. */
static void put_row_of_eights(struct row *row, const char *sums, int64_t whole)
{
    struct render *r = row->s->r;
    struct arena *arena = r->d->arena;
    uint32_t loops = r->loops.len;
    const char *part = new_variable(r, "part"), *parts[LANES];
    text_printf(r->out, "%s %s[%d][%" PRId64 "] = {{0}};\n", type_of(row->s), part, LANES, row->tile);
    struct index at = whole == LANES ? index_constant(0) : begin_loop(r, 0, whole, LANES);
    struct index lane = begin_loop(r, 0, LANES, 1);
    at = index_add(at, &lane);
    put_row_step(row, part, &lane, &at);
    end_loops(r, loops);
    struct index in_row = begin_row(row);
    const char *column = index_sum_text(arena, &in_row);
    for (int i = 0; i < LANES; i++)
        parts[i] = arena_printf(arena, "%s[%d][%s]", part, i, column);
    text_printf(r->out, "%s[%s] = %s;\n", sums, column, join_texts(row->s, parts));
    end_loops(r, loops);
}

void put_contract_by_rows(struct render *r, const struct ir_inst *inst)
{
    value_id result = inst->results.at[0];
    const struct shape *shape = &nest_type(r, result)->shape;
    struct sequence s = contraction(r, inst, NULL);
    struct row row = {.s = &s, .last = shape->rank - 1,
                      .tile = tile_of(shape->dim[shape->rank - 1])};
    s.place = &row.place;
    for (int i = 0; i < row.last; i++)
        row.axis[i] = begin_loop(r, 0, shape->dim[i], 1);
    row.first = row.tile == shape->dim[row.last]
                    ? index_constant(0)
                    : begin_loop(r, 0, shape->dim[row.last], row.tile);
    bool by_eights = has_partial_sums(s.dtype, s.count);
    const char *sums = new_variable(r, "dot");
    text_printf(r->out, "%s %s[%" PRId64 "]%s;\n", type_of(&s), sums, row.tile,
                by_eights ? "" : " = {0}");
    int64_t whole = by_eights ? s.count - s.count % LANES : 0;
    if (by_eights)
        put_row_of_eights(&row, sums, whole);
    uint32_t loops = r->loops.len;
    if (whole < s.count) {
        struct index at = begin_loop(r, whole, s.count, 1);
        put_row_step(&row, sums, NULL, &at);
        end_loops(r, loops);
    }
    struct index in_row = begin_row(&row);
    put_store(r, result, &row.place,
              sum_operand(&s, arena_printf(r->d->arena, "%s[%s]", sums,
                                           index_sum_text(r->d->arena, &in_row))));
    end_loops(r, 0);
}

/* ---- tiles of contractions over vectors of lanes ----------------------------------------------- */

/* Several sums at once keep what they have in common in a register, and hide the latency of each other.
 * The order of each sum stays: its eight partial sums are made one after the other.
 *
 *   for (i0 = 0; i0 < 8; i0++) {
 *       v_f32 sum[R] = {0};
 *       for (i1 = i0; i1 < 96; i1 += 8)
 *           sum[0] = fma_f32(splat_f32(X[..]), ld_f32(beta[i1]), sum[0]);  ..
 *       part[i0][0] = sum[0];  ..
 *   }                                                                                       */

bool is_tiled(const struct render *r, const struct ir_inst *inst)
{
    const struct type *type = nest_type(r, inst->args.at[0]);
    return r->d->lanes_kernels && dtype_table[type->dtype].cls == CLASS_FLOAT
        && contraction((struct render *)r, inst, NULL).count >= 2 * LANES;
}

static const char *element_text(struct render *r, const char *array, uint32_t index)
{
    return arena_printf(r->d->arena, "%s[%" PRIu32 "]", array, index);
}

/* Partial sums of `rows` sequences: part[k][row], k the partial sum. */
static const char *put_parts(const struct sequence *s, uint32_t rows)
{
    struct render *r = s->r;
    int64_t whole = s->count - s->count % LANES;
    uint32_t outer = r->loops.len;
    const char *part = new_variable(r, "part"), *sum = new_variable(r, "sums");
    text_printf(r->out, "%s %s[%d][%" PRIu32 "];\n", type_of(s), part, LANES, rows);
    struct index lane = begin_loop(r, 0, LANES, 1);
    const char *first = index_sum_text(r->d->arena, &lane);
    text_printf(r->out, "%s %s[%" PRIu32 "] = {0};\n", type_of(s), sum, rows);
    uint32_t inner = r->loops.len;
    struct index at = begin_text_loop(r, first, arena_printf(r->d->arena, "%" PRId64, whole), LANES);
    at.terms[0].limit = whole;
    for (uint32_t row = 0; row < rows; row++) {
        const char *text = s[row].next(&s[row], element_text(r, sum, row), &at);
        text_printf(r->out, "%s = %s;\n", element_text(r, sum, row), text);
    }
    end_loops(r, inner);
    for (uint32_t row = 0; row < rows; row++)
        text_printf(r->out, "%s[%s][%" PRIu32 "] = %s;\n", part, first, row,
                    element_text(r, sum, row));
    end_loops(r, outer);
    return part;
}

/* The sum of a row: its parts joined, then the tail. */
static const char *put_row(const struct sequence *s, const char *part, uint32_t row)
{
    struct arena *arena = s->r->d->arena;
    const char *sums[LANES];
    for (int i = 0; i < LANES; i++)
        sums[i] = arena_printf(arena, "%s[%d][%" PRIu32 "]", part, i, row);
    const char *sum = put_begin(s, "dot", join_texts(s, sums));
    put_in_order(s, sum, s->count - s->count % LANES, s->count);
    return sum;
}

void put_dots(struct render *r, const inst_id *insts, uint32_t count,
              void (*put)(struct render *r, value_id result, struct c_operand dot))
{
    struct sequence s[MOST_DOTS] = {{0}};
    struct place none = place_of_linear(index_constant(0));
    none.has_axes = true;
    for (uint32_t i = 0; i < count; i++)
        s[i] = contraction(r, &r->d->ir->insts.at[insts[i]], &none);
    const char *part = put_parts(s, count);
    for (uint32_t i = 0; i < count; i++)
        put(r, s[i].inst->results.at[0], sum_operand(&s[i], put_row(&s[i], part, i)));
}

/* Rows first .. first + rows - 1 of a result that has one axis. */
static void put_row_tile(struct render *r, const struct ir_inst *inst, struct index first,
                         uint32_t rows)
{
    struct sequence s[MOST_DOTS] = {{0}};
    struct place place[MOST_DOTS];
    for (uint32_t i = 0; i < rows; i++) {
        struct index row = index_constant(i);
        row = index_add(first, &row);
        place[i] = place_of_axes(r, &nest_type(r, inst->results.at[0])->shape, &row);
        s[i] = contraction(r, inst, &place[i]);
    }
    const char *part = put_parts(s, rows);
    for (uint32_t i = 0; i < rows; i++)
        put_store(r, inst->results.at[0], &place[i], sum_operand(&s[i], put_row(&s[i], part, i)));
}

void put_rows_of_dots(struct render *r, const struct ir_inst *inst)
{
    int64_t rows = nest_type(r, inst->results.at[0])->shape.dim[0];
    int64_t whole = rows - rows % MOST_DOTS;
    if (whole > 0) {
        put_row_tile(r, inst, begin_loop(r, 0, whole, MOST_DOTS), MOST_DOTS);
        end_loops(r, 0);
    }
    if (rows > whole)
        put_row_tile(r, inst, index_constant(whole), (uint32_t)(rows - whole));
}
