/* Help, the manual page's lists and shell completions, printed from the tables. */
#include "driver/command.h"

#include "pass/pass.h"

#include <string.h>

enum { HELP_COLUMN = 30, HELP_WIDTH = 96 };

static const char *no_pass_help(struct text *text)
{
    text_put(text, option_table[OPT_pass_off].help);
    bool first = true;
    for (uint32_t i = 0; i < pass_count; i++)
        if (!pass_table[i].required) {
            text_printf(text, "%s%s", first ? "" : " ", pass_table[i].name);
            first = false;
        }
    return text->chars;
}

static bool hides(const struct option_info *info)
{
    return info->later && !strcmp(info->later, "*");
}

/* "-o, --output=FILE"; the words of a choice that are not there yet are left out. */
static void put_spelling(const struct option_info *info, struct text *out)
{
    if (info->letter)
        text_printf(out, "-%c", info->letter);
    if (info->letter && info->word)
        text_put(out, ", ");
    if (info->word)
        text_printf(out, "--%s", info->word);
    if (!info->argument)
        return;
    text_put(out, info->word ? "=" : "");
    bool first = true;
    for (const char *at = info->argument; *at;) {
        size_t len = strcspn(at, "|");
        if (!word_in_list(info->later, at, len)) {
            text_put(out, first ? "" : "|");
            text_put_n(out, at, len);
            first = false;
        }
        at += len + (at[len] == '|');
    }
}

/* Words of `help` in lines from column HELP_COLUMN on; `used` columns of the first are taken. */
static void put_wrapped(const char *help, size_t used, struct text *out)
{
    size_t column = used;
    if (column + 2 > HELP_COLUMN) {
        text_put(out, "\n");
        column = 0;
    }
    text_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
    column = HELP_COLUMN;
    for (bool first = true; *help; first = false) {
        size_t len = strcspn(help, " ");
        if (!first && column + 1 + len > HELP_WIDTH) {
            text_printf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (!first) {
            text_put(out, " ");
            column++;
        }
        text_put_n(out, help, len);
        column += len;
        help += len + (help[len] == ' ');
    }
    text_put(out, "\n");
}

static void put_option(enum option option, struct text *out)
{
    struct text line = {0}, passes = {0};
    const struct option_info *info = &option_table[option];
    text_put(&line, info->letter ? "  " : "      ");
    put_spelling(info, &line);
    text_put(out, line.chars);
    put_wrapped(option == OPT_pass_off ? no_pass_help(&passes) : info->help, line.len, out);
    text_free(&line);
    text_free(&passes);
}

void help_verb(enum verb verb, struct text *out)
{
    const struct verb_info *info = &verb_table[verb];
    text_printf(out, "usage: abcc %s [OPTION]...%s%s\n%s\n\n%s%soptions:\n", info->name,
                *info->operands ? " " : "", info->operands, info->summary, info->more,
                *info->more ? "\n" : "");
    for (enum option option = 0; option < OPT_COUNT; option++)
        if (option_table[option].verbs >> verb & 1 && !hides(&option_table[option]))
            put_option(option, out);
}

void help_overview(struct text *out)
{
    text_put(out, "abcc compiles programs for one example to C for whole batches.\n\n"
                  "usage: abcc VERB [OPTION]... [OPERAND]...\n"
                  "       abcc FILE.ab              the same as abcc build FILE.ab\n\nverbs:\n");
    for (enum verb verb = 0; verb < VERB_COUNT; verb++)
        if (verb_table[verb].run)
            text_printf(out, "  %-13s%s\n", verb_table[verb].name, verb_table[verb].summary);
    text_put(
        out,
        "\n`abcc help VERB` has the options of a verb, `abcc explain CODE` says more about a\n"
        "diagnostic.\n\n"
        "exit: 0 fine; 1 mistakes in a program or a failed test; 2 bad command line; 3 trouble\n"
        "with a file; 4 it ran, but some examples faulted; 5 the C compiler failed; 70 a\n"
        "mistake of abcc; 130 stopped by Ctrl-C\n");
}

/* ---- the manual page ------------------------------------------------------------------------- */

/* roff: a backslash and a hyphen are special, and so is a dot or quote at the start of a line. */
static void put_roff(const char *text, struct text *out)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            text_put(out, "\\&");
        if (*text == '\\')
            text_put(out, "\\e");
        else if (*text == '-')
            text_put(out, "\\-");
        else
            text_put_n(out, text, 1);
        line_start = *text == '\n';
    }
}

static void put_man_option(enum option option, struct text *out)
{
    struct text spelling = {0};
    const struct option_info *info = &option_table[option];
    put_spelling(info, &spelling);
    text_put(out, ".TP\n.B ");
    put_roff(spelling.chars, out);
    text_put(out, "\n");
    put_roff(option == OPT_pass_off
                 ? "leave out an optimising pass; `abcc help build` has the names"
                 : info->help,
             out);
    text_put(out, ".\n");
    bool first = true;
    for (enum verb verb = 0; verb < VERB_COUNT; verb++)
        if (info->verbs != ~0u && info->verbs >> verb & 1) {
            text_printf(out, "%s%s", first ? "(" : ", ", verb_table[verb].name);
            first = false;
        }
    text_put(out, first ? "" : ")\n");
    text_free(&spelling);
}

void help_man(struct text *out)
{
    text_put(out, ".SH VERBS\n");
    for (enum verb verb = 0; verb < VERB_COUNT; verb++) {
        const struct verb_info *info = &verb_table[verb];
        if (!info->run)
            continue;
        text_printf(out, ".TP\n.B %s \\fI", info->name);
        put_roff(info->operands, out);
        text_put(out, "\\fR\n");
        put_roff(info->summary, out);
        text_put(out, ".\n");
        if (*info->more) {
            text_put(out, ".sp\n.nf\n");
            put_roff(info->more, out);
            text_put(out, ".fi\n");
        }
    }
    text_put(out, ".SH OPTIONS\nThe verbs that take an option stand in parentheses.\n");
    for (enum option option = 0; option < OPT_COUNT; option++)
        if (!hides(&option_table[option]))
            put_man_option(option, out);
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int print_and_free(struct text *out)
{
    fwrite(out->chars, 1, out->len, stdout);
    text_free(out);
    return EXIT_FINE;
}

int verb_help(struct command *command)
{
    struct text out = {0};
    if (option_given(command, OPT_man)) {
        help_man(&out);
        return print_and_free(&out);
    }
    if (!command->operands.len) {
        help_overview(&out);
        return print_and_free(&out);
    }
    const char *names[VERB_COUNT], *wanted = command->operands.at[0].text;
    for (int i = 0; i < VERB_COUNT; i++) {
        names[i] = verb_table[i].name;
        if (strcmp(names[i], wanted) != 0)
            continue;
        if (!verb_table[i].run)
            return command_later(command, command->operands.at[0].loc,
                                 arena_printf(command->arena, "`abcc %s`", wanted));
        help_verb((enum verb)i, &out);
        return print_and_free(&out);
    }
    const char *nearest = nearest_word(wanted, names, VERB_COUNT);
    struct diag *diag = diag_report(&command->diags, AB0604, command->operands.at[0].loc,
                                    "`%s` is no verb", wanted);
    if (nearest)
        diag_edit(&command->diags, diag, command->operands.at[0].loc, "did you mean this?", "%s",
                  nearest);
    else
        diag_help(&command->diags, diag, "`abcc help` lists the verbs");
    return EXIT_USAGE;
}

int verb_version(struct command *command)
{
    (void)command;
    puts("abcc " ABCC_VERSION);
    return EXIT_FINE;
}

static void put_bash(struct text *out)
{
    text_put(out,
             "# bash completion for abcc, printed by `abcc completions bash`\n"
             "_abcc()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options\n"
             "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '");
    for (enum verb verb = 0; verb < VERB_COUNT; verb++)
        if (verb_table[verb].run)
            text_printf(out, "%s ", verb_table[verb].name);
    text_put(out, "' -- \"$word\") $(compgen -f -X '!*.ab' -- \"$word\"))\n        return\n    fi\n"
                  "    case $verb in\n");
    for (enum verb verb = 0; verb < VERB_COUNT; verb++) {
        if (!verb_table[verb].run)
            continue;
        text_printf(out, "    %s) options='", verb_table[verb].name);
        for (enum option option = 0; option < OPT_pass_off; option++) {
            const struct option_info *info = &option_table[option];
            if (info->word && info->verbs >> verb & 1 && !hides(info))
                text_printf(out, "--%s%s ", info->word, info->argument ? "=" : "");
        }
        text_put(out, "' ;;\n");
    }
    text_put(out, "    *) options= ;;\n    esac\n"
                  "    case $word in\n    -*)\n        compopt -o nospace\n"
                  "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
                  "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n    esac\n}\n"
                  "complete -o filenames -F _abcc abcc\n");
}

int verb_completions(struct command *command)
{
    struct text out = {0};
    if (command->operands.len != 1 || strcmp(command->operands.at[0].text, "bash") != 0) {
        diag_report(&command->diags, AB0605, (struct loc){0},
                    "`abcc completions` takes the name of a shell: bash");
        return EXIT_USAGE;
    }
    put_bash(&out);
    return print_and_free(&out);
}
