/* abcc dump: a program at some stage of its way to C. */
#include "driver/emission.h"

#include "grammar/syntax.h"

#include <stdlib.h>
#include <string.h>

enum stage {
    STAGE_TOKENS, STAGE_AST, STAGE_TYPES, STAGE_IR, STAGE_FINAL, STAGE_PLAN, STAGE_LOWERED, STAGE_C,
    STAGE_COUNT
};

static const char *const stage_name[STAGE_COUNT] = {"tokens", "ast", "types", "ir",
                                                    "final", "plan", "lowered", "c"};

struct dump {
    struct compile_options options;
    enum stage stage;
    const char *stop_after; /* a pass, after which the IR is printed; NULL */
    int only_pass;          /* --pass: index of the one to run; -1 */
    const struct word *file;
};

/* ---- what is asked for ----------------------------------------------------------------------- */

static int unknown_stage(struct command *command, const struct word *word, bool passes_only)
{
    VEC(const char *) names = {0};
    for (int i = 0; i < STAGE_COUNT && !passes_only; i++)
        vec_push(command->arena, &names, stage_name[i]);
    for (uint32_t i = 0; i < pass_count; i++)
        vec_push(command->arena, &names, pass_table[i].name);
    const char *nearest = nearest_word(word->text, names.at, names.len);
    struct diag *diag = diag_report(&command->diags, AB0602, word->loc,
                                    passes_only ? "there is no pass `%s`"
                                                : "there is no stage or pass `%s`", word->text);
    if (nearest)
        diag_edit(&command->diags, diag, word->loc, "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, "`abcc help dump` lists the stages");
    return EXIT_USAGE;
}

static int read_dump(struct command *command, struct dump *dump)
{
    const struct word *stage = option_word(command, OPT_stage),
                      *pass = option_word(command, OPT_pass);
    *dump = (struct dump){.stage = STAGE_IR, .only_pass = -1};
    if (need_file(command) || !compile_options_read(command, &dump->options))
        return EXIT_USAGE;
    dump->file = &command->operands.at[0];
    if (command->operands.len > 1) {
        diag_report(&command->diags, AB0605, command->operands.at[1].loc,
                    "`abcc dump` takes one file");
        return EXIT_USAGE;
    }
    if (pass) {
        dump->only_pass = pass_find(pass->text);
        return dump->only_pass < 0 ? unknown_stage(command, pass, true) : EXIT_FINE;
    }
    if (!stage)
        return EXIT_FINE;
    for (enum stage i = 0; i < STAGE_COUNT; i++)
        if (!strcmp(stage->text, stage_name[i])) {
            dump->stage = i;
            return EXIT_FINE;
        }
    if (pass_find(stage->text) < 0)
        return unknown_stage(command, stage, false);
    dump->stop_after = stage->text;
    dump->stage = STAGE_FINAL;
    return EXIT_FINE;
}

/* ---- stages ---------------------------------------------------------------------------------- */

static int run_one_pass(struct command *command, const struct dump *dump, struct ir_prog *prog)
{
    struct pass_options options = {.level = dump->options.level,
                                   .reassociate = dump->options.reassociate};
    const char *why = pass_run(prog, &pass_table[dump->only_pass], &options);
    return why ? command_bug(command, "%s", why) : EXIT_FINE;
}

static int dump_later_stages(struct command *command, const struct dump *dump, struct ir_prog *prog,
                             const char *unit_name, struct text *out)
{
    struct emission emission;
    if (!emission_read(command, dump->options.level, unit_name, &emission))
        return EXIT_USAGE;
    emission.emit.show = dump->options.show;
    keep_entries(prog, ENTRIES_EXPORTS);
    if (dump->stage == STAGE_C)
        return emission_make(command, prog, &emission, out, NULL) ? EXIT_FINE : EXIT_BUG;
    struct plan *plan = emission_plan(command, prog, &emission);
    if (plan)
        plan_print(plan, out);
    return plan ? EXIT_FINE : EXIT_BUG;
}

static int dump_ir_stages(struct command *command, const struct dump *dump, struct ir_prog *prog,
                          const char *unit_name, struct text *out)
{
    bool for_engines = !option_is(command, OPT_mode, "interp");
    if (dump->only_pass >= 0) {
        int code = run_one_pass(command, dump, prog);
        if (code)
            return code;
    } else if (dump->stage != STAGE_IR
               && !ir_lower(command, &dump->options, prog, for_engines, dump->stop_after)) {
        return EXIT_BUG;
    }
    if (dump->stage == STAGE_IR || dump->stage == STAGE_FINAL || dump->only_pass >= 0) {
        ir_print(prog, out);
        return EXIT_FINE;
    }
    return dump_later_stages(command, dump, prog, unit_name, out);
}

static int dump_program(struct command *command, const struct dump *dump, struct text *out)
{
    struct unit unit;
    const char *path = dump->file->text;
    struct loc named = dump->file->loc;
    bool early = dump->only_pass < 0 && dump->stage < STAGE_IR;
    if (early && is_ir_file(path)) {
        diag_report(&command->diags, AB0605, named, "a .ir file has no %s",
                    stage_name[dump->stage]);
        return EXIT_USAGE;
    }
    int code = early && dump->stage == STAGE_TOKENS ? unit_read(command, path, named, &unit)
               : early && dump->stage == STAGE_AST  ? unit_parse(command, path, named, &unit)
                                  : unit_check(command, &dump->options, path, named, &unit);
    if (code)
        return code;
    if (early && dump->stage == STAGE_TOKENS) {
        uint32_t errors = command->diags.errors;
        tokens_print(command->arena, command->names, &command->diags, unit.file, out);
        return command->diags.errors > errors ? EXIT_SOURCE : EXIT_FINE;
    }
    if (early && dump->stage == STAGE_AST)
        ast_print(unit.ast, out);
    else if (early)
        typed_print(unit.typed, out);
    if (early)
        return EXIT_FINE;
    struct ir_prog *prog = unit_build(command, &dump->options, &unit);
    return prog ? dump_ir_stages(command, dump, prog, unit.stem, out) : EXIT_BUG;
}

int verb_dump(struct command *command)
{
    struct dump dump;
    struct text out = {0};
    int code = read_dump(command, &dump);
    if (!code)
        code = dump_program(command, &dump, &out);
    if (out.len)
        fwrite(out.chars, 1, out.len, stdout);
    text_free(&out);
    return code;
}
