/* Instructions of a piece: one C statement each, over all lanes. */
#include "emit/c_names.h"
#include "emit/gang.h"

#include <inttypes.h>
#include <string.h>

const char *gang_type(enum dtype dtype)
{
    static const char *const types[DT_COUNT] = {
#define DTYPE(id, name, ...) [DT_##id] = "v_" #name,
        AB_DTYPES(DTYPE)
#undef DTYPE
    };
    return dtype == DT_BOOL ? "mask" : types[dtype];
}

const char *gang_name(struct piece_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    if (!v->hint)
        return arena_printf(cx->arena, "v%u", value);
    char *variable = arena_printf(cx->arena, "%s_%u", v->hint, value);
    for (char *c = variable; *c; c++) /* "point.x" */
        if (*c == '.')
            *c = '_';
    return c_identifier(cx->arena, variable); /* M_PI of a user, numbered, may be M_PI_2 */
}

static const char *constant_value(struct piece_cx *cx, const struct ir_inst *inst,
                                  enum dtype dtype)
{
    if (dtype == DT_BOOL)
        return inst->constant.u ? "AB_FULL" : "(mask)0";
    return arena_printf(cx->arena, "splat_%s(%s)", dtype_table[dtype].name,
                        constant_text(cx->arena, dtype, inst->constant));
}

/* ab_sub_i64((int64_t)call->extent[0], 1) */
static const char *scalar_call(struct piece_cx *cx, const struct ir_inst *inst)
{
    enum dtype to = cx->ir->values.at[inst->results.at[0]].type.dtype;
    enum dtype operand = cx->ir->values.at[inst->args.at[inst->args.len - 1]].type.dtype;
    char *text = arena_printf(cx->arena, "ab_%s(",
                              kernel_name(cx->arena, inst->op, operand, to));
    kernels_use_scalar(cx->kernels, inst->op, operand, to);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const char *arg = gang_uniform(cx, inst->args.at[i]);
        if (!arg)
            return NULL;
        text = arena_printf(cx->arena, "%s%s%s", text, i ? ", " : "", arg);
    }
    return arena_printf(cx->arena, "%s)", text);
}

const char *gang_extent(struct piece_cx *cx, uint32_t extent)
{
    const struct ir_entry *entry = cx->entry->entry;
    uint32_t number = 0;
    while (number < entry->extents.len && entry->extents.at[number] != extent)
        number++;
    return arena_printf(cx->arena, "(int64_t)call->extent[%u]", number);
}

const char *gang_shared(struct piece_cx *cx, uint32_t symbol)
{
    const struct ir_entry *entry = cx->entry->entry;
    uint32_t number = 0;
    while (number < entry->shared.len && entry->shared.at[number] != symbol)
        number++;
    return arena_printf(cx->arena, "call->in[%u]", entry_input_number(entry, true, number));
}

uint32_t gang_home(const struct piece_cx *cx, value_id value)
{
    return plan_home_at(cx->entry, cx->point, value);
}

const char *gang_uniform(struct piece_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    const struct ir_inst *inst = v->kind == VALUE_RESULT ? &cx->ir->insts.at[v->inst] : NULL;
    if (v->type.shape.rank > 0)
        return NULL;
    if (plan_is_constant(cx->ir, value))
        return constant_text(cx->arena, v->type.dtype, inst->constant);
    if (bitset_has(&cx->func->uniform.fixed, value))
        return inst->kind == INST_EXTENT ? gang_extent(cx, inst->symbol)
                                           : scalar_call(cx, inst);
    return bitset_has(&cx->uniform, value) ? cx->names[value] : NULL;
}

const char *gang_value_type(struct piece_cx *cx, value_id value)
{
    enum dtype dtype = cx->ir->values.at[value].type.dtype;
    return bitset_has(&cx->uniform, value) ? dtype_table[dtype].c_name : gang_type(dtype);
}

const char *gang_value(struct piece_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    if (plan_is_constant(cx->ir, value))
        return constant_value(cx, &cx->ir->insts.at[v->inst], v->type.dtype);
    const char *uniform = gang_uniform(cx, value);
    if (!uniform)
        return cx->names[value];
    if (v->type.dtype == DT_BOOL)
        return arena_printf(cx->arena, "(%s ? AB_FULL : (mask)0)", uniform);
    return arena_printf(cx->arena, "splat_%s(%s)", dtype_table[v->type.dtype].name, uniform);
}

/* A value that a select chooses. clang 19 does not end on some selects between vectors of small
 * integer constants, so it must not see that the value is one. */
const char *gang_choice(struct piece_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    uint8_t cls = dtype_table[v->type.dtype].cls;
    if (!plan_is_constant(cx->ir, value) || !(cls & (CLASS_INT | CLASS_UINT)))
        return gang_value(cx, value);
    return arena_printf(cx->arena, "hidden_%s(%s)", dtype_table[v->type.dtype].name,
                        constant_text(cx->arena, v->type.dtype,
                                      cx->ir->insts.at[v->inst].constant));
}

const char *gang_zero(struct piece_cx *cx, enum dtype dtype)
{
    if (dtype == DT_BOOL)
        return "0";
    return arena_printf(cx->arena, "splat_%s(0)", dtype_table[dtype].name);
}

const char *gang_select(struct piece_cx *cx, enum dtype dtype, const char *m, const char *yes,
                        const char *no)
{
    if (dtype == DT_BOOL)
        return arena_printf(cx->arena, "mask_select(%s, %s, %s)", m, yes, no);
    kernels_use(cx->kernels, OP_select, dtype, dtype);
    return arena_printf(cx->arena, "%s(%s, %s, %s)",
                        kernel_name(cx->arena, OP_select, dtype, dtype), m, yes, no);
}

static void emit_op(struct piece_cx *cx, const struct ir_inst *inst, const char *m)
{
    value_id result = inst->results.at[0];
    enum dtype to = cx->ir->values.at[result].type.dtype;
    enum dtype operand = cx->ir->values.at[inst->args.at[inst->args.len - 1]].type.dtype;
    const struct op_info *info = &op_table[inst->op];
    const char *separator = "";
    cx->names[result] = gang_name(cx, result);
    if (bitset_has(&cx->func->uniform.fixed, result))
        return; /* written where it is read */
    const char *scalar =
        bitset_has(&cx->same, result) ? scalar_call(cx, inst) : NULL;
    if (scalar) {
        bitset_add(&cx->uniform, result);
        text_printf(cx->out, "const %s %s = %s;\n", dtype_table[to].c_name, cx->names[result],
                    scalar);
        return;
    }
    kernels_use(cx->kernels, inst->op, operand, to);
    text_printf(cx->out, "const %s %s = %s(", gang_type(to), cx->names[result],
                kernel_name(cx->arena, inst->op, operand, to));
    if (kernel_is_per_lane(cx->kernels, inst->op, operand)) {
        text_put(cx->out, m);
        separator = ", ";
    }
    for (uint32_t i = 0; i < inst->args.len; i++) {
        text_printf(cx->out, "%s%s", separator,
                    info->rule == RULE_SELECT ? gang_choice(cx, inst->args.at[i])
                                              : gang_value(cx, inst->args.at[i]));
        separator = ", ";
    }
    text_put(cx->out, ");\n");
}

/* The row of a lane, as ab_show_tensor_f64 wants it. */
static void put_shown_row(struct piece_cx *cx, value_id value)
{
    const struct shape *shape = &cx->ir->values.at[value].type.shape;
    const struct plan_home *home = &cx->entry->homes.at[gang_home(cx, value)];
    text_printf(cx->out, "s->%s[lane], %d, (const int64_t[]){", home->name, shape->rank);
    for (int i = 0; i < shape->rank; i++)
        text_printf(cx->out, "%s%" PRId64, i ? ", " : "", shape->dim[i]);
    text_put(cx->out, "});\n");
}

static void emit_show(struct piece_cx *cx, const struct ir_inst *inst, const char *m)
{
    for (uint32_t i = 0; i < inst->args.len; i++) {
        value_id value = inst->args.at[i];
        enum dtype dtype = cx->ir->values.at[value].type.dtype;
        bool is_tensor = plan_is_tensor(cx->ir, value);
        text_printf(cx->out, "AB_EACH(lane, %s)\n    ab_show_%s%s(call->first + s->id[lane], ", m,
                    is_tensor ? "tensor_" : "", dtype_table[dtype].name);
        put_show_place(cx->out, cx->plan->prog, inst);
        text_put(cx->out, ", ");
        if (is_tensor)
            put_shown_row(cx, value);
        else if (dtype == DT_BOOL)
            text_printf(cx->out, "%s >> lane & 1);\n", gang_value(cx, value));
        else
            text_printf(cx->out, "lane_%s(%s, lane));\n", dtype_table[dtype].name,
                        gang_value(cx, value));
    }
}

/* `m` is the mask variable of the block: a check takes lanes out of it. */
void emit_inst(struct piece_cx *cx, inst_id id, const char *m)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    switch (inst->kind) {
    case INST_OP:
        if (plan_is_tensor(cx->ir, inst->results.at[0]))
            emit_tensor(cx, id, m);
        else
            emit_op(cx, inst, m);
        break;
    case INST_CONST:
        if (plan_is_tensor(cx->ir, inst->results.at[0]))
            emit_tensor(cx, id, m);
        break;
    case INST_CHECK:
        text_printf(cx->out, "AB_CHECK(%s, %s, %u);\n", m, gang_value(cx, inst->args.at[0]),
                    inst->fault);
        break;
    case INST_LANE_INDEX:
        cx->names[inst->results.at[0]] = gang_name(cx, inst->results.at[0]);
        text_printf(cx->out, "const v_i64 %s = lane_index(call, s->id);\n",
                    cx->names[inst->results.at[0]]);
        break;
    case INST_SHOW:
        emit_show(cx, inst, m);
        break;
    case INST_EXTENT:
        break; /* written where it is read */
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
        emit_tensor(cx, id, m);
        break;
    case INST_CALL:
        emit_point_call(cx, inst, id, m);
        break;
    }
}
