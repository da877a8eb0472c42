/* The text form. Values and blocks are numbered in the order in which they are printed, which in a
 * tidy function are their ids, so that printing what was read back gives the same text. */
#include "ir/ir_text.h"

#include <math.h>
#include <string.h>

struct printer {
    const struct ir_prog *prog;
    const struct ir_func *func;
    const uint32_t *numbers; /* per value; NULL: the ids */
    struct text *out;
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
        text_put(out, (unsigned)inst->op < OP_COUNT ? op_table[inst->op].name : "?");
        text_put(out, " ");
        put_values(printer, inst->args.at, inst->args.len);
        break;
    case INST_CONST:
        text_put(out, "const ");
        if (inst->results.len && inst->results.at[0] < printer->func->values.len)
            ir_text_put_constant(out, printer->func->values.at[inst->results.at[0]].type.dtype,
                                 inst->constant);
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
    struct printer printer = {.prog = prog, .func = func, .out = out};
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
    for (uint32_t i = 0; i < entry->params.len; i++)
        put_leaf(out, "param", &entry->params.at[i],
                 i < entry->param_types.len ? entry->param_types.at[i] : NULL);
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

void ir_print(const struct ir_prog *prog, struct text *out)
{
    const char *gap = "";
    for (uint32_t i = 1; i < prog->faults.len; i++) {
        put_fault(i, &prog->faults.at[i], out);
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
