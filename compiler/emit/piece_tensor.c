/* Instructions on tensors in a piece. What has no memory is written where it is read. */
#include "emit/gang.h"

const char *gang_table(struct piece_cx *cx, const struct ir_inst *inst)
{
    (void)inst;
    return arena_printf(cx->arena, "table");
}

void emit_tensor(struct piece_cx *cx, inst_id id, const char *m)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    value_id result = inst->results.at[0];
    if (cx->func->nests.form[result] == FORM_FUSED)
        return;
    if (!plan_is_tensor(cx->ir, result) && (inst->kind == INST_EXTRACT || inst->kind == INST_LOAD))
        emit_element(cx, inst, m);
    else if (is_element_insert(cx, inst)) {
        struct row_moves moves = {0};
        rows_move(cx, &moves, cx->func->home_of_value[result], inst->args.at[0]);
        rows_emit(cx, &moves, m);
        emit_element_insert(cx, inst, m);
    }
}
