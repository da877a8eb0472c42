#include "driver/emission.h"

#include <string.h>

struct forced {
    const char *what, *forms;
};

static const struct forced forced_choices[] = {
    {"branches", "guard|select"},
    {"captures", "each_iter|at_exit"},
    {"contractions", "rows|packed"},
    {"loops", "cut|native|convergent"},
    {"park", "on|off"},
    {"tensors", "rows|columns"},
};
enum { FORCED_COUNT = sizeof forced_choices / sizeof *forced_choices };

static bool bad_set(struct command *command, const struct word *word)
{
    struct diag *diag = diag_report(&command->diags, AB0602, word->loc,
                                    "--set takes WHAT=FORM, not `%s`", word->text);
    for (int i = 0; i < FORCED_COUNT; i++)
        diag_help(&command->diags, diag, "--set=%s=%s", forced_choices[i].what,
                  forced_choices[i].forms);
    return false;
}

static bool read_set(struct command *command, const struct word *word, struct plan_options *plan)
{
    const char **fields[FORCED_COUNT] = {&plan->branches, &plan->captures, &plan->contractions,
                                         &plan->loops, &plan->park, &plan->tensors};
    size_t len = strcspn(word->text, "=");
    for (int i = 0; i < FORCED_COUNT; i++) {
        const struct forced *choice = &forced_choices[i];
        if (strlen(choice->what) != len || memcmp(choice->what, word->text, len)
            || !word->text[len])
            continue;
        const char *form = word->text + len + 1;
        if (!word_in_list(choice->forms, form, strlen(form)))
            break;
        *fields[i] = form;
        return true;
    }
    return bad_set(command, word);
}

static bool read_target(struct command *command)
{
    const struct word *target = option_word(command, OPT_target);
    if (!target || !strcmp(target->text, "native") || !strcmp(target->text, "generic"))
        return true;
    command_later(command, target->loc, arena_printf(command->arena, "--target=%s", target->text));
    return false;
}

/* Symbols begin with the prefix, so it must be the beginning of a C identifier. */
static bool read_prefix(struct command *command, struct emission *emission)
{
    const struct word *prefix = option_word(command, OPT_prefix);
    emission->emit.prefix = prefix ? prefix->text : "";
    if (!prefix || !*prefix->text)
        return true;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    if (strspn(prefix->text, letters) == strlen(prefix->text)
        && !(prefix->text[0] >= '0' && prefix->text[0] <= '9'))
        return true;
    diag_report(&command->diags, AB0602, prefix->loc,
                "--prefix takes the beginning of a C identifier, not `%s`", prefix->text);
    return false;
}

bool emission_read(struct command *command, int level, const char *unit_name,
                   struct emission *emission)
{
    uint64_t lanes;
    *emission = (struct emission){.emit = {.unit_name = unit_name, .prefix = ""}};
    emission->emit.mode = option_is(command, OPT_mode, "scalar") ? EMIT_SCALAR : EMIT_BATCHED;
    emission->emit.runtime_inline = !option_is(command, OPT_runtime, "external");
    emission->emit.profile = option_given(command, OPT_profile);
    emission->plan.choice = option_is(command, OPT_choice, "least") ? CHOICE_LEAST : CHOICE_FULLEST;
    emission->plan.no_refill = option_given(command, OPT_no_refill);
    emission->plan.naive = level == 0;
    if (!option_number(command, OPT_lanes, 1, 64, 0, &lanes) || !read_target(command)
        || !read_prefix(command, emission))
        return false;
    emission->plan.lanes = (uint32_t)lanes;
    for (uint32_t i = 0; i < command->given.len; i++)
        if (command->given.at[i].option == OPT_set
            && !read_set(command, &command->given.at[i].word, &emission->plan))
            return false;
    return true;
}

void keep_entries(struct ir_prog *prog, uint32_t which)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        bool is_test = prog->entries.at[i].is_test;
        bool keep = which == ENTRIES_EXPORTS ? !is_test
                    : which == ENTRIES_TESTS ? is_test
                                             : i == which;
        if (keep)
            prog->entries.at[kept++] = prog->entries.at[i];
    }
    prog->entries.len = kept;
}

/* Tests are planned one by one; put together they are one unit, which has one lane count. */
static struct plan *plan_tests(struct command *command, const struct ir_prog *prog,
                               const struct plan_options *options)
{
    struct plan_options with_lanes = *options;
    struct plan *whole = NULL;
    if (!with_lanes.lanes)
        with_lanes.lanes = 8;
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        struct plan *plan = plan_make(command->arena, prog, &with_lanes, i);
        if (!whole)
            whole = plan;
        else
            vec_push(command->arena, &whole->entries, plan->entries.at[0]);
    }
    return whole;
}

struct plan *emission_plan(struct command *command, const struct ir_prog *prog,
                           const struct emission *emission)
{
    bool tests = prog->entries.len && prog->entries.at[0].is_test;
    struct plan *plan = tests ? plan_tests(command, prog, &emission->plan)
                              : plan_make(command->arena, prog, &emission->plan, IR_NONE);
    const char *why = plan_verify(plan, command->arena);
    if (!why)
        return plan;
    command_bug(command, "the plan is not valid: %s", why);
    return NULL;
}

bool emission_make(struct command *command, const struct ir_prog *prog,
                   const struct emission *emission, struct text *c_out, struct text *h_out)
{
    struct unit_numbers *numbers = ARENA_ARRAY(command->arena, struct unit_numbers,
                                               prog->entries.len + 1);
    if (emission->emit.mode == EMIT_SCALAR) {
        emit_scalar(prog, &emission->emit, c_out);
        scalar_numbers(prog, numbers);
    } else {
        struct plan *plan = emission_plan(command, prog, emission);
        if (!plan)
            return false;
        emit_gang(command->arena, plan, &emission->emit, c_out);
        gang_numbers(command->arena, plan, &emission->emit, numbers);
    }
    if (h_out)
        emit_header(prog, &emission->emit, numbers, h_out);
    return true;
}
