/* Reductions and contractions by the interpreter, for test_sums.py. Reads requests `OP DTYPE COUNT`, each a
 * line and then the elements of one row (contract: two) as they lie in memory; writes the result so. */
#include "interp/interp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct loc nowhere;

struct request {
    char op[16], dtype[16];
    long long count;
};

static struct ir_prog *prog_of(struct arena *arena, const struct request *request,
                               enum dtype dtype)
{
    struct ir_prog *prog = ir_prog_new(arena, names_new(arena), NULL);
    bool is_contract = strcmp(request->op, "contract") == 0;
    struct type row = {.dtype = dtype, .shape = {.rank = 1, .dim = {request->count}}};
    func_id id = ir_func_new(prog, "f", nowhere);
    struct ir_func *func = &prog->funcs.at[id];
    block_id block = ir_block_new(prog, func, NULL, nowhere);
    value_id args[2];
    for (uint32_t i = 0; i < (is_contract ? 2 : 1); i++) {
        vec_push(arena, &func->params, row);
        args[i] = ir_param_new(prog, func, block, row, NULL, nowhere);
    }
    vec_push(arena, &func->results, type_scalar(dtype));
    struct ir_inst *inst =
        ir_inst_new(prog, func, block, is_contract ? INST_CONTRACT : INST_REDUCE,
                    type_scalar(dtype), args, is_contract ? 2 : 1, nowhere);
    if (is_contract)
        inst->inner = 1;
    else
        inst->op = (enum op)op_find(request->op);
    inst->axis_set = 1;
    value_id result = inst->results.at[0];
    ir_ret(prog, func, block, &result, 1, nowhere);
    struct ir_entry *entry = vec_add(arena, &prog->entries);
    entry->name = "f";
    entry->func = id;
    return prog;
}

static void answer(const struct request *request)
{
    struct arena *arena = arena_new();
    enum dtype dtype = (enum dtype)dtype_find(request->dtype);
    size_t bytes = dtype_table[dtype].bytes;
    const void *rows[2];
    union scalar result;
    struct ir_prog *prog = prog_of(arena, request, dtype);
    for (uint32_t i = 0; i < prog->funcs.at[0].params.len; i++) {
        void *row = arena_alloc(arena, (size_t)request->count * bytes + 1);
        if (fread(row, bytes, (size_t)request->count, stdin) != (size_t)request->count)
            exit(2);
        rows[i] = row;
    }
    interp_run(prog, &prog->entries.at[0], rows, (void *[]){&result}, 0, NULL);
    fwrite(&result, bytes, 1, stdout);
    arena_free(arena);
}

int main(void)
{
    struct request request;
    char line[80];
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%15s %15s %lld", request.op, request.dtype, &request.count) != 3)
            return 2;
        answer(&request);
    }
    return 0;
}
