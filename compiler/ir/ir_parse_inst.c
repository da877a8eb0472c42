/* Instructions of the text form: a table from the word that begins one to what reads the rest. */
#include "ir/ir_parse.h"

#include <string.h>

/* ---- instructions --------------------------------------------------------------------------- */

static bool parse_inst_args(struct parser *p, struct ir_inst *inst)
{
    for (bool first = true; first || read_at_mark(&p->in, ','); first = false)
        PARSE_VALUES(p, &inst->args, first);
    return true;
}

static bool parse_call(struct parser *p, struct ir_inst *inst)
{
    if (!parse_callee(p, &inst->callee) || !read_mark(&p->in, '('))
        return false;
    for (bool first = true; !read_at_mark(&p->in, ')'); first = false)
        PARSE_VALUES(p, &inst->args, first);
    if (!read_mark(&p->in, ')') || !read_mark(&p->in, ',') || !read_fault_ref(&p->in, &inst->fault))
        return false;
    inst->is_tail = read_take_word(&p->in, "tail");
    return true;
}

static bool parse_check(struct parser *p, struct ir_inst *inst)
{
    PARSE_VALUES(p, &inst->args, true);
    return read_mark(&p->in, ',') && read_fault_ref(&p->in, &inst->fault);
}

static bool parse_show(struct parser *p, struct ir_inst *inst)
{
    if (!read_string(&p->in, &inst->text))
        return false;
    while (read_at_mark(&p->in, ','))
        PARSE_VALUES(p, &inst->args, false);
    return true;
}

/* The shape is not verified yet: its extents may be of any size. */
static bool has_elements(const struct shape *shape, uint32_t count)
{
    uint64_t elements = 1;
    for (uint32_t i = 0; i < shape->rank; i++) {
        uint64_t dim = (uint64_t)shape->dim[i];
        if (dim > count && elements)
            return false;
        elements = dim ? elements * dim : 0;
        if (elements > count)
            return false;
    }
    return elements == count;
}

/* "[1.0, 2.0]", which may go on over several lines behind a comma. */
static bool parse_elements(struct parser *p, const struct type *type, struct ir_inst *inst)
{
    VEC(union scalar) elements = {0};
    uint32_t line = p->in.token.line;
    read_advance(&p->in);
    for (bool first = true; !read_at_mark(&p->in, ']'); first = false) {
        union scalar element;
        memset(&element, 0, sizeof element);
        if (!first && !read_mark(&p->in, ','))
            return false;
        read_empty_lines(&p->in);
        if (!read_constant(&p->in, type->dtype, &element))
            return false;
        vec_push(p->in.arena, &elements, element);
    }
    read_advance(&p->in);
    if (!type->shape.rank || !has_elements(&type->shape, elements.len))
        return read_fail(&p->in, line, "%u elements do not make this constant", elements.len);
    /* A list without elements is told apart from none. */
    inst->elements = elements.len ? elements.at : ARENA_NEW(p->in.arena, union scalar);
    return true;
}

static bool parse_const(struct parser *p, struct ir_inst *inst)
{
    if (inst->results.len != 1)
        return read_fail(&p->in, p->in.token.line, "a constant has one result");
    const struct type *type = &p->func->values.at[inst->results.at[0]].type;
    memset(&inst->constant, 0, sizeof inst->constant);
    if (read_at_mark(&p->in, '['))
        return parse_elements(p, type, inst);
    return read_constant(&p->in, type->dtype, &inst->constant);
}

static bool parse_op(struct parser *p, struct ir_inst *inst)
{
    int op = p->in.token.kind == TOKEN_WORD ? op_find(read_raw(&p->in)) : -1;
    inst->kind = INST_OP;
    if (op < 0)
        return read_expected(&p->in, "an operation");
    inst->op = (enum op)op;
    read_advance(&p->in);
    return parse_inst_args(p, inst);
}

/* ---- tensor instructions -------------------------------------------------------------------- */

/* "word N", N at most `limit`. */
static bool parse_number(struct parser *p, const char *word, uint32_t limit, uint8_t *out)
{
    uint32_t number, line = p->in.token.line;
    if (!read_take_word(&p->in, word))
        return read_expected(&p->in, word);
    if (!read_u32(&p->in, &number))
        return false;
    if (number > limit)
        return read_fail(&p->in, line, "%s %u is too large", word, number);
    *out = (uint8_t)number;
    return true;
}

static bool parse_operand(struct parser *p, struct ir_inst *inst)
{
    PARSE_VALUES(p, &inst->args, true);
    return true;
}

/* "(1, 0)" into a list of at most SHAPE_MAX_RANK axes. */
static bool parse_axis_list(struct parser *p, uint8_t *axes, uint32_t *count)
{
    *count = 0;
    if (!read_mark(&p->in, '('))
        return false;
    while (!read_at_mark(&p->in, ')')) {
        uint32_t axis, line = p->in.token.line;
        if ((*count && !read_mark(&p->in, ',')) || !read_u32(&p->in, &axis))
            return false;
        if (axis >= SHAPE_MAX_RANK || *count == SHAPE_MAX_RANK)
            return read_fail(&p->in, line, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        axes[(*count)++] = (uint8_t)axis;
    }
    return read_mark(&p->in, ')');
}

/* "%i", "%s:+4" or "0:1:3"; values are appended to the operands. */
static bool parse_axis(struct parser *p, struct ir_inst *inst)
{
    struct ir_axis axis = {.kind = AXIS_RANGE, .step = 1};
    if (p->in.token.kind == TOKEN_VALUE) {
        axis.kind = AXIS_AT;
        PARSE_VALUES(p, &inst->args, true);
        if (read_take_mark(&p->in, ':')) {
            axis.kind = AXIS_WINDOW;
            if (!read_mark(&p->in, '+') || !read_i64(&p->in, &axis.count))
                return false;
        }
    } else if (!read_i64(&p->in, &axis.start) || !read_mark(&p->in, ':')
               || !read_i64(&p->in, &axis.step) || !read_mark(&p->in, ':')
               || !read_i64(&p->in, &axis.count)) {
        return false;
    }
    vec_push(p->in.arena, &inst->axes, axis);
    return true;
}

/* "%a[%i, 0:1:3]" */
static bool parse_region(struct parser *p, struct ir_inst *inst)
{
    if (!parse_operand(p, inst) || !read_mark(&p->in, '['))
        return false;
    for (bool first = true; !read_at_mark(&p->in, ']'); first = false)
        if ((!first && !read_mark(&p->in, ',')) || !parse_axis(p, inst))
            return false;
    return read_mark(&p->in, ']');
}

static bool parse_insert(struct parser *p, struct ir_inst *inst)
{
    if (!parse_region(p, inst))
        return false;
    PARSE_VALUES(p, &inst->args, false);
    return true;
}

static bool parse_transpose(struct parser *p, struct ir_inst *inst)
{
    uint32_t count, line = p->in.token.line;
    if (!parse_operand(p, inst) || !read_mark(&p->in, ',')
        || !parse_axis_list(p, inst->perm, &count))
        return false;
    if (inst->results.len == 1
        && p->func->values.at[inst->results.at[0]].type.shape.rank != count)
        return read_fail(&p->in, line, "its axes are not a permutation of those of its operand");
    return true;
}

static bool parse_load(struct parser *p, struct ir_inst *inst)
{
    if (!parse_shared_ref(p, &inst->symbol) || !read_mark(&p->in, '['))
        return false;
    for (bool first = true; !read_at_mark(&p->in, ']'); first = false)
        PARSE_VALUES(p, &inst->args, first);
    return read_mark(&p->in, ']');
}

static bool parse_extent(struct parser *p, struct ir_inst *inst)
{
    return parse_extent_ref(p, &inst->symbol);
}

static bool parse_nothing(struct parser *p, struct ir_inst *inst)
{
    (void)p;
    (void)inst;
    return true;
}

static bool parse_concat(struct parser *p, struct ir_inst *inst)
{
    PARSE_VALUES(p, &inst->args, true);
    for (;;) {
        if (!read_mark(&p->in, ','))
            return false;
        if (p->in.token.kind != TOKEN_VALUE)
            return parse_number(p, "axis", SHAPE_MAX_RANK, &inst->axis);
        PARSE_VALUES(p, &inst->args, true);
    }
}

static bool parse_take(struct parser *p, struct ir_inst *inst)
{
    PARSE_VALUES(p, &inst->args, true);
    PARSE_VALUES(p, &inst->args, false);
    return true;
}

/* "add %a," */
static bool parse_reduced(struct parser *p, struct ir_inst *inst)
{
    int op = p->in.token.kind == TOKEN_WORD ? op_find(read_raw(&p->in)) : -1;
    if (op < 0)
        return read_expected(&p->in, "an operation");
    inst->op = (enum op)op;
    read_advance(&p->in);
    return parse_operand(p, inst) && read_mark(&p->in, ',');
}

static bool parse_reduce(struct parser *p, struct ir_inst *inst)
{
    uint8_t axes[SHAPE_MAX_RANK];
    uint32_t count;
    if (!parse_reduced(p, inst))
        return false;
    if (!read_take_word(&p->in, "axes"))
        return read_expected(&p->in, "axes");
    if (!parse_axis_list(p, axes, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        inst->axis_set |= UINT32_C(1) << axes[i];
    return true;
}

static bool parse_arg_reduce(struct parser *p, struct ir_inst *inst)
{
    return parse_reduced(p, inst) && parse_number(p, "axis", SHAPE_MAX_RANK, &inst->axis);
}

static bool parse_contract(struct parser *p, struct ir_inst *inst)
{
    return parse_take(p, inst) && read_mark(&p->in, ',')
           && parse_number(p, "batch", SHAPE_MAX_RANK, &inst->batch) && read_mark(&p->in, ',')
           && parse_number(p, "inner", SHAPE_MAX_RANK, &inst->inner);
}

/* ---- all of them ---------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum inst_kind kind;
    bool (*parse)(struct parser *p, struct ir_inst *inst);
} instructions[] = {
    {"call", INST_CALL, parse_call},
    {"check", INST_CHECK, parse_check},
    {"show", INST_SHOW, parse_show},
    {"const", INST_CONST, parse_const},
    {"lane_index", INST_LANE_INDEX, parse_nothing},
    {"broadcast", INST_BROADCAST, parse_operand},
    {"reshape", INST_RESHAPE, parse_operand},
    {"transpose", INST_TRANSPOSE, parse_transpose},
    {"extract", INST_EXTRACT, parse_region},
    {"load", INST_LOAD, parse_load},
    {"iota", INST_IOTA, parse_nothing},
    {"build", INST_BUILD, parse_inst_args},
    {"concat", INST_CONCAT, parse_concat},
    {"insert", INST_INSERT, parse_insert},
    {"take", INST_TAKE, parse_take},
    {"reduce", INST_REDUCE, parse_reduce},
    {"arg_reduce", INST_ARG_REDUCE, parse_arg_reduce},
    {"contract", INST_CONTRACT, parse_contract},
    {"extent", INST_EXTENT, parse_extent},
};
enum { INSTRUCTIONS = sizeof instructions / sizeof *instructions };

static bool parse_results(struct parser *p, struct ir_inst *inst, inst_id id)
{
    if (p->in.token.kind != TOKEN_VALUE)
        return true;
    do {
        struct ir_value value = {
            .kind = VALUE_RESULT, .block = p->block, .inst = id, .index = inst->results.len};
        value_id result;
        if (!parse_definition(p, value, &result))
            return false;
        vec_push(p->in.arena, &inst->results, result);
    } while (read_take_mark(&p->in, ','));
    return read_mark(&p->in, '=');
}

bool parse_inst(struct parser *p)
{
    struct ir_inst inst = {0};
    inst_id id = p->func->insts.len;
    uint32_t line = p->in.token.line;
    if (!parse_results(p, &inst, id))
        return false;
    uint32_t which = 0;
    while (which < INSTRUCTIONS && !read_token_is(&p->in.token, instructions[which].word))
        which++;
    bool fine;
    if (which < INSTRUCTIONS) {
        inst.kind = instructions[which].kind;
        read_advance(&p->in);
        fine = instructions[which].parse(p, &inst);
    } else {
        fine = parse_op(p, &inst);
    }
    if (!fine || !read_line_end(&p->in))
        return false;
    vec_push(p->in.arena, &p->func->insts, inst);
    vec_push(p->in.arena, &p->func->blocks.at[p->block].insts, id);
    vec_push(p->in.scratch, &vec_last(&p->lines).insts, line);
    return true;
}
