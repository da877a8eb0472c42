/* The text form. Values and blocks are numbered in the order in which they are printed, which in a
 * tidy function are their ids, so that printing what was read back gives the same text. */
#include "ir/ir_text.h"
#include "ir/tensor.h"

#include <math.h>
#include <string.h>

struct printer {
    const struct ir_prog *prog;
    const struct ir_func *func;
    const uint32_t *numbers; /* per value; NULL: the ids */
    struct text *out;
    bool is_message; /* long constants are shortened */
};

/* ---- words ---------------------------------------------------------------------------------- */

bool ir_text_is_word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || c == '.';
}

void ir_text_put_string(struct text *out, const char *chars)
{
    text_put(out, "\"");
    for (; *chars; chars++) {
        unsigned char c = (unsigned char)*chars;
        if (c == '"' || c == '\\')
            text_printf(out, "\\%c", c);
        else if (c == '\n')
            text_put(out, "\\n");
        else if (c == '\t')
            text_put(out, "\\t");
        else if (c < 0x20 || c == 0x7f)
            text_printf(out, "\\x%02x", c);
        else
            text_put_n(out, chars, 1);
    }
    text_put(out, "\"");
}

static void put_word(struct text *out, const char *chars)
{
    const char *c = chars;
    while (ir_text_is_word_char(*c))
        c++;
    if (*c || c == chars)
        ir_text_put_string(out, chars);
    else
        text_put(out, chars);
}

/* A hint and a number: "n.4". Without a hint only the number, behind `prefix`. */
static void put_numbered(struct text *out, const char *prefix, const char *hint, uint32_t number)
{
    if (hint) {
        put_word(out, hint);
        text_printf(out, ".%u", number);
    } else {
        text_printf(out, "%s%u", prefix, number);
    }
}

static void put_value(const struct printer *printer, value_id value)
{
    text_put(printer->out, "%");
    if (value >= printer->func->values.len) {
        text_put(printer->out, "?");
        return;
    }
    uint32_t number = printer->numbers ? printer->numbers[value] : value;
    if (number == IR_NONE) /* used, but defined nowhere */
        text_put(printer->out, "?");
    else
        put_numbered(printer->out, "", printer->func->values.at[value].hint, number);
}

static void put_block(const struct printer *printer, block_id block)
{
    if (block >= printer->func->blocks.len)
        text_put(printer->out, "?");
    else
        put_numbered(printer->out, "b", printer->func->blocks.at[block].hint, block);
}

static void put_values(const struct printer *printer, const value_id *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            text_put(printer->out, ", ");
        put_value(printer, values[i]);
    }
}

static void put_type(struct text *out, const struct type *type)
{
    char buffer[TYPE_TEXT_SIZE];
    text_put(out, (unsigned)type->dtype < DT_ALL_COUNT ? type_text(type, buffer) : "?");
}

/* "%n.1: i64, %2: bool" */
static void put_definitions(const struct printer *printer, const value_id *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            text_put(printer->out, ", ");
        put_value(printer, values[i]);
        if (values[i] >= printer->func->values.len)
            continue;
        text_put(printer->out, ": ");
        put_type(printer->out, &printer->func->values.at[values[i]].type);
    }
}

static void put_callee(const struct printer *printer, func_id callee)
{
    text_put(printer->out, "@");
    if (callee < printer->prog->funcs.len)
        put_word(printer->out, printer->prog->funcs.at[callee].name);
    else
        text_put(printer->out, "?");
}

/* ---- constants ------------------------------------------------------------------------------ */

static void put_f32(struct text *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    text_put_f32(out, isnan(value) ? NAN : value);
    if (isnan(value) && bits != 0x7fc00000)
        text_printf(out, ":0x%08x", bits);
}

static void put_f64(struct text *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    text_put_f64(out, isnan(value) ? (double)NAN : value);
    if (isnan(value) && bits != UINT64_C(0x7ff8000000000000))
        text_printf(out, ":0x%016llx", (unsigned long long)bits);
}

void ir_text_put_constant(struct text *out, enum dtype dtype, union scalar constant)
{
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        text_put(out, constant.u ? "true" : "false");
        break;
    case CLASS_INT:
        text_printf(out, "%lld", (long long)constant.i);
        break;
    case CLASS_UINT:
        text_printf(out, "%llu", (unsigned long long)constant.u);
        break;
    case CLASS_FLOAT:
        if (dtype == DT_F32)
            put_f32(out, constant.f32);
        else if (dtype == DT_F64)
            put_f64(out, constant.f64);
        else /* f16 keeps its bits */
            text_printf(out, "0x%04llx", (unsigned long long)constant.u);
        break;
    case CLASS_COMPLEX:
        text_put(out, "(");
        put_f64(out, constant.c[0]);
        text_put(out, ", ");
        put_f64(out, constant.c[1]);
        text_put(out, ")");
        break;
    }
}

enum { ELEMENTS_IN_LINE = 8, ELEMENTS_IN_MESSAGE = 4 };

/* A list goes on in the next line behind every eighth element. */
static void put_elements(const struct printer *printer, const struct type *type,
                         const union scalar *elements)
{
    struct text *out = printer->out;
    int64_t count = shape_elements(&type->shape);
    text_put(out, "[");
    for (int64_t i = 0; i < count; i++) {
        if (i)
            text_put(out, i % ELEMENTS_IN_LINE || printer->is_message ? ", " : ",\n    ");
        if (printer->is_message && i == ELEMENTS_IN_MESSAGE) {
            text_put(out, "..");
            break;
        }
        ir_text_put_constant(out, type->dtype, elements[i]);
    }
    text_put(out, "]");
}

static void put_const(const struct printer *printer, const struct ir_inst *inst)
{
    text_put(printer->out, "const ");
    if (!inst->results.len || inst->results.at[0] >= printer->func->values.len)
        return;
    const struct type *type = &printer->func->values.at[inst->results.at[0]].type;
    if (inst->elements)
        put_elements(printer, type, inst->elements);
    else
        ir_text_put_constant(printer->out, type->dtype, inst->constant);
}

/* ---- tensor instructions -------------------------------------------------------------------- */

static const char *op_word(const struct ir_inst *inst)
{
    return (unsigned)inst->op < OP_COUNT ? op_table[inst->op].name : "?";
}

static void put_shared(const struct printer *printer, uint32_t symbol)
{
    text_put(printer->out, "@");
    if (symbol < printer->prog->shared.len)
        put_word(printer->out, printer->prog->shared.at[symbol].name);
    else
        text_put(printer->out, "?");
}

static void put_extent(const struct ir_prog *prog, uint32_t symbol, struct text *out)
{
    text_put(out, "$");
    if (symbol < prog->extents.len)
        put_word(out, prog->extents.at[symbol].name);
    else
        text_put(out, "?");
}

/* "%a[%i, 0:1:3, %s:+4]". How many operands that were. */
static uint32_t put_region(const struct printer *printer, const struct ir_inst *inst)
{
    struct text *out = printer->out;
    uint32_t used = 0;
    put_values(printer, inst->args.at, inst->args.len ? 1 : 0);
    used = 1;
    text_put(out, "[");
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        const struct ir_axis *axis = &inst->axes.at[i];
        if (i)
            text_put(out, ", ");
        if (ir_axis_has_scalar(axis) && used < inst->args.len)
            put_value(printer, inst->args.at[used++]);
        if (axis->kind == AXIS_WINDOW)
            text_printf(out, ":+%lld", (long long)axis->count);
        else if (axis->kind == AXIS_RANGE)
            text_printf(out, "%lld:%lld:%lld", (long long)axis->start, (long long)axis->step,
                        (long long)axis->count);
    }
    text_put(out, "]");
    return used;
}

static void put_axis_list(struct text *out, const uint8_t *axes, uint32_t count)
{
    text_put(out, "(");
    for (uint32_t i = 0; i < count; i++)
        text_printf(out, i ? ", %u" : "%u", axes[i]);
    text_put(out, ")");
}

static void put_transpose_axes(const struct printer *printer, const struct ir_inst *inst)
{
    uint32_t rank = 0;
    if (inst->results.len && inst->results.at[0] < printer->func->values.len)
        rank = printer->func->values.at[inst->results.at[0]].type.shape.rank;
    text_put(printer->out, ", ");
    put_axis_list(printer->out, inst->perm, rank < SHAPE_MAX_RANK ? rank : SHAPE_MAX_RANK);
}

static void put_reduce_axes(const struct printer *printer, const struct ir_inst *inst)
{
    uint8_t axes[SHAPE_MAX_RANK];
    uint32_t count = 0;
    for (uint8_t i = 0; i < SHAPE_MAX_RANK; i++)
        if (inst->axis_set >> i & 1)
            axes[count++] = i;
    text_put(printer->out, ", axes ");
    put_axis_list(printer->out, axes, count);
}

/* Words of tensor instructions, and how their operands are put where there are only operands. */
static const char *tensor_word(enum inst_kind kind)
{
    switch (kind) {
    case INST_BROADCAST: return "broadcast ";
    case INST_RESHAPE: return "reshape ";
    case INST_TRANSPOSE: return "transpose ";
    case INST_EXTRACT: return "extract ";
    case INST_LOAD: return "load ";
    case INST_IOTA: return "iota";
    case INST_BUILD: return "build ";
    case INST_CONCAT: return "concat ";
    case INST_INSERT: return "insert ";
    case INST_TAKE: return "take ";
    case INST_REDUCE: return "reduce ";
    case INST_ARG_REDUCE: return "arg_reduce ";
    case INST_CONTRACT: return "contract ";
    case INST_EXTENT: return "extent ";
    case INST_OP:
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
        break;
    }
    return "?";
}

static void put_tensor_inst(const struct printer *printer, const struct ir_inst *inst)
{
    struct text *out = printer->out;
    uint32_t first = 0; /* operand that is not put yet */
    text_put(out, tensor_word(inst->kind));
    if (inst->kind == INST_EXTENT)
        put_extent(printer->prog, inst->symbol, out);
    if (inst->kind == INST_LOAD) {
        put_shared(printer, inst->symbol);
        text_put(out, "[");
    }
    if (inst->kind == INST_REDUCE || inst->kind == INST_ARG_REDUCE)
        text_printf(out, "%s ", op_word(inst));
    if (inst->kind == INST_EXTRACT || inst->kind == INST_INSERT) {
        first = put_region(printer, inst);
        text_put(out, first < inst->args.len ? ", " : "");
    }
    if (first < inst->args.len)
        put_values(printer, inst->args.at + first, inst->args.len - first);
    if (inst->kind == INST_LOAD)
        text_put(out, "]");
    if (inst->kind == INST_TRANSPOSE)
        put_transpose_axes(printer, inst);
    if (inst->kind == INST_CONCAT || inst->kind == INST_ARG_REDUCE)
        text_printf(out, ", axis %u", inst->axis);
    if (inst->kind == INST_REDUCE)
        put_reduce_axes(printer, inst);
    if (inst->kind == INST_CONTRACT)
        text_printf(out, ", batch %u, inner %u", inst->batch, inst->inner);
}

/* ---- instructions and terminators ----------------------------------------------------------- */

/* Also of broken programs, for the messages of the verifier. */

static void put_inst(const struct printer *printer, const struct ir_inst *inst)
{
    struct text *out = printer->out;
    if (inst->results.len) {
        put_definitions(printer, inst->results.at, inst->results.len);
        text_put(out, " = ");
    }
    switch (inst->kind) {
    case INST_OP:
        text_printf(out, "%s ", op_word(inst));
        put_values(printer, inst->args.at, inst->args.len);
        break;
    case INST_CONST:
        put_const(printer, inst);
        break;
    case INST_CALL:
        text_put(out, "call ");
        put_callee(printer, inst->callee);
        text_put(out, "(");
        put_values(printer, inst->args.at, inst->args.len);
        text_printf(out, "), #%u%s", inst->fault, inst->is_tail ? " tail" : "");
        break;
    case INST_CHECK:
        text_put(out, "check ");
        put_values(printer, inst->args.at, inst->args.len);
        text_printf(out, ", #%u", inst->fault);
        break;
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
        put_tensor_inst(printer, inst);
        break;
    case INST_LANE_INDEX:
        text_put(out, "lane_index");
        break;
    case INST_SHOW:
        text_put(out, "show ");
        ir_text_put_string(out, inst->text ? inst->text : "");
        for (uint32_t i = 0; i < inst->args.len; i++) {
            text_put(out, ", ");
            put_value(printer, inst->args.at[i]);
        }
        break;
    }
}

static void put_edge(const struct printer *printer, const struct ir_edge *edge)
{
    put_block(printer, edge->to);
    if (edge->args.len) {
        text_put(printer->out, "(");
        put_values(printer, edge->args.at, edge->args.len);
        text_put(printer->out, ")");
    }
}

static void put_term(const struct printer *printer, const struct ir_term *term)
{
    struct text *out = printer->out;
    switch (term->kind) {
    case TERM_NONE:
        text_put(out, "unfinished");
        break;
    case TERM_JMP:
        text_put(out, "jmp ");
        put_edge(printer, &term->edges[0]);
        break;
    case TERM_BR:
        text_put(out, "br ");
        put_value(printer, term->condition);
        text_put(out, ", ");
        put_edge(printer, &term->edges[0]);
        text_put(out, ", ");
        put_edge(printer, &term->edges[1]);
        break;
    case TERM_RET:
        text_put(out, term->args.len ? "ret " : "ret");
        put_values(printer, term->args.at, term->args.len);
        break;
    case TERM_TAIL:
        text_put(out, "tail ");
        put_callee(printer, term->callee);
        text_put(out, "(");
        put_values(printer, term->args.at, term->args.len);
        text_put(out, ")");
        break;
    case TERM_FAULT:
        text_printf(out, "fault #%u", term->fault);
        break;
    }
}

void ir_text_put_inst(struct text *out, const struct ir_prog *prog, const struct ir_func *func,
                      inst_id inst)
{
    struct printer printer = {.prog = prog, .func = func, .out = out, .is_message = true};
    put_inst(&printer, &func->insts.at[inst]);
}

void ir_text_put_term(struct text *out, const struct ir_prog *prog, const struct ir_func *func,
                      block_id block)
{
    struct printer printer = {.prog = prog, .func = func, .out = out};
    put_term(&printer, &func->blocks.at[block].term);
}

void ir_text_put_value(struct text *out, const struct ir_func *func, value_id value)
{
    struct printer printer = {.func = func, .out = out};
    put_value(&printer, value);
}

void ir_text_put_block(struct text *out, const struct ir_func *func, block_id block)
{
    struct printer printer = {.func = func, .out = out};
    put_block(&printer, block);
}

/* ---- functions ------------------------------------------------------------------------------ */

static void put_types(struct text *out, const struct type *types, uint32_t count)
{
    text_put(out, "(");
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            text_put(out, ", ");
        put_type(out, &types[i]);
    }
    text_put(out, ")");
}

static void put_block_text(const struct printer *printer, block_id id)
{
    struct text *out = printer->out;
    const struct ir_block *block = &printer->func->blocks.at[id];
    put_block(printer, id);
    if (block->is_loop)
        text_put(out, " loop");
    if (block->is_sync)
        text_put(out, " sync");
    if (block->params.len) {
        text_put(out, "(");
        put_definitions(printer, block->params.at, block->params.len);
        text_put(out, ")");
    }
    text_put(out, ":\n");
    out->indent++;
    for (uint32_t i = 0; i < block->insts.len; i++) {
        put_inst(printer, &printer->func->insts.at[block->insts.at[i]]);
        text_put(out, "\n");
    }
    put_term(printer, &block->term);
    text_put(out, "\n");
    out->indent--;
}

/* The number of each value in the order of printing. */
static uint32_t *number_values(struct arena *arena, const struct ir_func *func)
{
    uint32_t *numbers = ARENA_ARRAY(arena, uint32_t, func->values.len), next = 0;
    for (value_id value = 0; value < func->values.len; value++)
        numbers[value] = IR_NONE;
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->params.len; i++)
            numbers[block->params.at[i]] = next++;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            for (uint32_t k = 0; k < inst->results.len; k++)
                numbers[inst->results.at[k]] = next++;
        }
    }
    return numbers;
}

void ir_print_func(const struct ir_prog *prog, const struct ir_func *func, struct text *out)
{
    struct arena *scratch = arena_new();
    struct printer printer = {.prog = prog, .func = func, .out = out};
    printer.numbers = number_values(scratch, func);
    text_put(out, "func @");
    put_word(out, func->name);
    put_types(out, func->params.at, func->params.len);
    text_put(out, " -> ");
    put_types(out, func->results.at, func->results.len);
    if (func->cycle)
        text_printf(out, " cycle %u", func->cycle);
    switch (func->inline_wish) {
    case INLINE_AUTO:
        break;
    case INLINE_ALWAYS:
        text_put(out, " inline");
        break;
    case INLINE_NEVER:
        text_put(out, " noinline");
        break;
    }
    text_put(out, " {\n");
    for (block_id block = 0; block < func->blocks.len; block++)
        put_block_text(&printer, block);
    text_put(out, "}\n");
    arena_free(scratch);
}

/* ---- program -------------------------------------------------------------------------------- */

static void put_leaf(struct text *out, const char *word, const struct ir_leaf *leaf,
                     const char *source_type)
{
    text_put(out, word);
    if (leaf->is_inout)
        text_put(out, " inout");
    text_put(out, " ");
    ir_text_put_string(out, leaf->path ? leaf->path : "");
    text_put(out, ": ");
    put_type(out, &leaf->type);
    if (source_type) {
        text_put(out, " as ");
        ir_text_put_string(out, source_type);
    }
    text_put(out, "\n");
}

static void put_param(const struct ir_entry *entry, uint32_t index, struct text *out)
{
    put_leaf(out, "param", &entry->params.at[index],
             index < entry->param_types.len ? entry->param_types.at[index] : NULL);
}

/* "shared @X as "X"" */
static void put_entry_shared(const struct ir_prog *prog, const struct ir_entry *entry,
                             uint32_t index, struct text *out)
{
    struct printer printer = {.prog = prog, .out = out};
    text_put(out, "shared ");
    put_shared(&printer, entry->shared.at[index]);
    text_put(out, " as ");
    ir_text_put_string(out, entry->shared_paths.at[index]);
    text_put(out, "\n");
}

/* Extents first, as in C. */
static void put_entry_params(const struct ir_prog *prog, const struct ir_entry *entry,
                             struct text *out)
{
    for (uint32_t i = 0; i < entry->extents.len; i++) {
        text_put(out, "extent ");
        put_extent(prog, entry->extents.at[i], out);
        text_put(out, " as ");
        ir_text_put_string(out, entry->extent_paths.at[i]);
        text_put(out, "\n");
    }
    for (uint32_t i = 0; i < entry->param_order.len; i++) {
        const struct ir_param_place *place = &entry->param_order.at[i];
        if (place->is_shared)
            put_entry_shared(prog, entry, place->index, out);
        else
            put_param(entry, place->index, out);
    }
    for (uint32_t i = 0; !entry->param_order.len && i < entry->params.len; i++)
        put_param(entry, i, out);
}

static void put_entry(const struct ir_prog *prog, const struct ir_entry *entry, struct text *out)
{
    struct printer printer = {.prog = prog, .out = out};
    text_put(out, entry->is_test ? "test " : "entry ");
    ir_text_put_string(out, entry->name);
    text_put(out, " = ");
    put_callee(&printer, entry->func);
    text_put(out, " {\n");
    out->indent++;
    text_printf(out, "max_depth %u\n", entry->max_depth);
    if (entry->uses_batch_index)
        text_put(out, "batch_index\n");
    if (entry->expect_fault)
        text_printf(out, "expect %s\n", fault_kind_name[entry->expect_fault]);
    if (entry->test_text) {
        text_put(out, "assert ");
        ir_text_put_string(out, entry->test_text);
        text_put(out, "\n");
    }
    if (entry->doc) {
        text_put(out, "doc ");
        ir_text_put_string(out, entry->doc);
        text_put(out, "\n");
    }
    put_entry_params(prog, entry, out);
    for (uint32_t i = 0; i < entry->results.len; i++)
        put_leaf(out, "result", &entry->results.at[i],
                 i < entry->result_types.len ? entry->result_types.at[i] : NULL);
    out->indent--;
    text_put(out, "}\n");
}

static void put_fault(uint32_t id, const struct ir_fault *fault, struct text *out)
{
    text_printf(out, "fault #%u %s", id, fault_kind_name[fault->kind]);
    if (fault->path) {
        text_put(out, " at ");
        ir_text_put_string(out, fault->path);
        text_printf(out, ":%u:%u", fault->line, fault->column);
    }
    if (fault->text) {
        text_put(out, " text ");
        ir_text_put_string(out, fault->text);
    }
    text_put(out, "\n");
}

/* "@X: f32[$n, 100]" */
static void put_shared_array(const struct ir_prog *prog, uint32_t symbol, struct text *out)
{
    struct printer printer = {.prog = prog, .out = out};
    const struct type *type = &prog->shared.at[symbol].type;
    struct type scalar = type_scalar(type->dtype);
    text_put(out, "shared ");
    put_shared(&printer, symbol);
    text_put(out, ": ");
    put_type(out, &scalar);
    for (uint32_t i = 0; i < type->shape.rank; i++) {
        text_put(out, i ? ", " : "[");
        if (type->shape.dim[i] < 0)
            put_extent(prog, (uint32_t)(-1 - type->shape.dim[i]), out);
        else
            text_printf(out, "%lld", (long long)type->shape.dim[i]);
    }
    text_put(out, type->shape.rank ? "]\n" : "\n");
}

/* Extents and shared arrays. */
static void put_symbols(const struct ir_prog *prog, struct text *out)
{
    for (uint32_t i = 0; i < prog->extents.len; i++) {
        text_put(out, "extent ");
        put_extent(prog, i, out);
        text_put(out, "\n");
    }
    for (uint32_t i = 0; i < prog->shared.len; i++)
        put_shared_array(prog, i, out);
}

void ir_print(const struct ir_prog *prog, struct text *out)
{
    const char *gap = "";
    for (uint32_t i = 1; i < prog->faults.len; i++) {
        put_fault(i, &prog->faults.at[i], out);
        gap = "\n";
    }
    if (prog->extents.len || prog->shared.len) {
        text_put(out, gap);
        put_symbols(prog, out);
        gap = "\n";
    }
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        text_put(out, gap);
        put_entry(prog, &prog->entries.at[i], out);
        gap = "\n";
    }
    for (uint32_t i = 0; i < prog->funcs.len; i++) {
        text_put(out, gap);
        ir_print_func(prog, &prog->funcs.at[i], out);
        gap = "\n";
    }
}
