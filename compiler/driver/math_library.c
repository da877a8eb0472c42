#include "driver/math_library.h"

#include "build/build.h"
#include "emit/embedded.h"
#include "grammar/syntax.h"
#include "ir/op_bodies.h"
#include "pass/pass.h"
#include "sema/sema.h"

#include <string.h>

static bool uses_library(const struct ir_prog *prog)
{
    for (func_id f = 0; f < prog->funcs.len; f++)
        for (inst_id i = 0; i < prog->funcs.at[f].insts.len; i++) {
            const struct ir_inst *inst = &prog->funcs.at[f].insts.at[i];
            if (inst->kind == INST_OP && op_table[inst->op].traits & TRAIT_PER_LANE)
                return true;
        }
    return false;
}

/* The library is checked like any program, apart from the user's files and messages. */
static const struct op_bodies *read_library(struct command *command)
{
    struct arena *arena = command->arena;
    struct sources sources;
    struct diags diags;
    struct sema_options sema = {0};
    struct build_options build = {.max_depth = 1};
    struct pass_options passes = {.level = 1};
    const char *why = NULL;
    sources_init(&sources, arena);
    diags_init(&diags, arena, &sources);
    uint32_t file = sources_add(&sources, "std/math.ab", embedded_math_ab,
                                (uint32_t)strlen(embedded_math_ab));
    const struct ast_file *ast = parse_file(arena, command->names, &diags, file);
    const struct typed_prog *typed =
        diags.errors ? NULL : sema_check(arena, command->names, &diags, ast, &sema);
    if (diags.errors) {
        command_bug(command, "std/math.ab: %s", diags.list.at[0]->message);
        return NULL;
    }
    struct ir_prog *prog = build_program(arena, command->names, &sources, typed, &build);
    ir_tidy(prog);
    why = pass_run_all(prog, &passes);
    const struct op_bodies *bodies = why ? NULL : op_bodies_of(arena, prog, &why);
    if (why)
        command_bug(command, "std/math.ab: %s", why);
    return bodies;
}

void math_library_use(struct command *command, struct ir_prog *prog)
{
    if (uses_library(prog))
        prog->bodies = read_library(command);
}
