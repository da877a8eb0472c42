/* The command line, read by the tables of options.def. */
#include "driver/command.h"

#include "pass/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BIT(id) (1u << VERB_##id)
#define ON_BUILD BIT(build)
#define ON_RUN BIT(run)
#define ON_TEST BIT(test)
#define ON_DUMP BIT(dump)
#define ON_EXPLAIN BIT(explain)
#define ON_INFO BIT(info)
#define ON_HELP BIT(help)
#define ON_CODE (ON_BUILD | ON_RUN | ON_TEST | ON_DUMP)
#define ON_SOURCE (ON_CODE | BIT(check))
#define ON_ALL (~0u)

const struct verb_info verb_table[VERB_COUNT] = {
#define VERB(id, name, operands, summary, more)                                                    \
    [VERB_##id] = {name, operands, summary, more, verb_##id},
#define VERB_LATER(id, name, summary) [VERB_##id] = {name, "", summary, "", NULL},
#include "driver/options.def"
#undef VERB
#undef VERB_LATER
};

const struct option_info option_table[OPT_COUNT] = {
#define OPTION(id, letter, word, argument, kind, verbs, later, help)                               \
    [OPT_##id] = {letter, word, argument, kind, verbs, later, help},
#include "driver/options.def"
#undef OPTION
    [OPT_pass_off] = {0, "no-PASS", NULL, LIST, ON_CODE, NULL,
                      "leave out an optimising pass: "}, /* help adds the names */
};

/* ---- what was given -------------------------------------------------------------------------- */

const struct word *option_word(const struct command *command, enum option option)
{
    for (uint32_t i = command->given.len; i-- > 0;)
        if (command->given.at[i].option == option)
            return &command->given.at[i].word;
    return NULL;
}

bool option_given(const struct command *command, enum option option)
{
    return option_word(command, option) != NULL;
}

const char *option_text(const struct command *command, enum option option, const char *otherwise)
{
    const struct word *word = option_word(command, option);
    return word ? word->text : otherwise;
}

bool option_is(const struct command *command, enum option option, const char *choice)
{
    const struct word *word = option_word(command, option);
    return word && !strcmp(word->text, choice);
}

bool option_number(struct command *command, enum option option, uint64_t least, uint64_t most,
                   uint64_t otherwise, uint64_t *number)
{
    const struct word *word = option_word(command, option);
    *number = otherwise;
    if (!word)
        return true;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word->text, &end, 10);
    if (word->text[0] >= '0' && word->text[0] <= '9' && !*end && !errno && value >= least
        && value <= most) {
        *number = value;
        return true;
    }
    diag_report(&command->diags, AB0602, word->loc,
                "--%s takes a number from %llu to %llu, not `%s`", option_table[option].word,
                (unsigned long long)least, (unsigned long long)most, word->text);
    return false;
}

/* ---- near misses ----------------------------------------------------------------------------- */

enum { LONGEST_WORD = 40 };

/* Letters to insert, delete, change or swap with their neighbour. */
static unsigned edits_between(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    unsigned row[3][LONGEST_WORD + 1];
    if (m > LONGEST_WORD || n > LONGEST_WORD)
        return LONGEST_WORD;
    unsigned *before = row[0], *last = row[1], *now = row[2];
    for (unsigned j = 0; j <= n; j++)
        last[j] = j;
    for (unsigned i = 1; i <= m; i++) {
        now[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        unsigned *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[n];
}

const char *nearest_word(const char *written, const char *const *candidates, uint32_t count)
{
    size_t len = strlen(written);
    unsigned limit = len < 3 ? 1 : len < 6 ? 2 : 3, best = limit + 1;
    const char *nearest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        unsigned edits = edits_between(written, candidates[i]);
        if (edits < best && edits < len && edits < strlen(candidates[i])) {
            best = edits;
            nearest = candidates[i];
        }
    }
    return nearest;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct command *command;
    int count, at;
    char **words;
};

static struct word word_at(struct command *command, const char *text)
{
    uint32_t len = (uint32_t)strlen(text);
    uint32_t file = sources_add(&command->sources, "command line", text, len);
    return (struct word){text, {file, 0, len}};
}

static struct word word_rest(struct word word, size_t skip)
{
    word.text += skip;
    word.loc.begin += (uint32_t)skip;
    return word;
}

bool word_in_list(const char *list, const char *word, size_t len)
{
    while (list) {
        const char *bar = strchr(list, '|');
        size_t size = bar ? (size_t)(bar - list) : strlen(list);
        if (size == len && !memcmp(list, word, len))
            return true;
        list = bar ? bar + 1 : NULL;
    }
    return false;
}

/* "batched, scalar or interp": a CHOICE's words that are there. */
static const char *choice_list(struct arena *arena, const struct option_info *info)
{
    const char *list = "", *last = NULL;
    for (const char *at = info->argument; *at;) {
        size_t len = strcspn(at, "|");
        if (!word_in_list(info->later, at, len)) {
            if (last)
                list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", last);
            last = arena_strndup(arena, at, len);
        }
        at += len + (at[len] == '|');
    }
    return *list ? arena_printf(arena, "%s or %s", list, last) : last;
}

static const char *option_spelling(struct command *command, enum option option)
{
    const struct option_info *info = &option_table[option];
    return info->word ? arena_printf(command->arena, "--%s", info->word)
                      : arena_printf(command->arena, "-%c", info->letter);
}

static bool keep(struct command *command, enum option option, struct word argument)
{
    const struct option_info *info = &option_table[option];
    const char *spelling = option_spelling(command, option);
    if (!(info->verbs >> command->verb & 1)) {
        diag_report(&command->diags, AB0603, argument.loc, "`%s` is no option of `abcc %s`",
                    spelling, verb_table[command->verb].name);
        return false;
    }
    if (info->later
        && (!strcmp(info->later, "*")
            || word_in_list(info->later, argument.text, strlen(argument.text)))) {
        const char *what = info->kind == CHOICE && strcmp(info->later, "*") != 0
                               ? arena_printf(command->arena, "`%s=%s`", spelling, argument.text)
                               : arena_printf(command->arena, "`%s`", spelling);
        command_later(command, argument.loc, what);
        return false;
    }
    if (info->kind == CHOICE
        && !word_in_list(info->argument, argument.text, strlen(argument.text))) {
        diag_report(&command->diags, AB0602, argument.loc, "%s takes %s, not `%s`", spelling,
                    choice_list(command->arena, info), argument.text);
        return false;
    }
    struct given_option given = {option, argument};
    vec_push(command->arena, &command->given, given);
    return true;
}

static bool unknown_option(struct command *command, struct word word)
{
    VEC(const char *) candidates = {0};
    for (enum option option = 0; option < OPT_pass_off; option++)
        if (option_table[option].word && option_table[option].verbs >> command->verb & 1)
            vec_push(command->arena, &candidates,
                     arena_printf(command->arena, "--%s", option_table[option].word));
    for (uint32_t i = 0; i < pass_count; i++)
        if (!pass_table[i].required)
            vec_push(command->arena, &candidates,
                     arena_printf(command->arena, "--no-%s", pass_table[i].name));
    char *name_only = arena_strndup(command->arena, word.text, strcspn(word.text, "="));
    const char *nearest = nearest_word(name_only, candidates.at, candidates.len);
    word.loc.end = word.loc.begin + (uint32_t)strlen(name_only);
    struct diag *diag = diag_report(&command->diags, AB0601, word.loc, "unknown option `%s`",
                                    name_only);
    if (nearest)
        diag_edit(&command->diags, diag, word.loc, "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, "`abcc help %s` lists the options",
                  verb_table[command->verb].name);
    return false;
}

/* The next word as the argument of an option. */
static bool argument_follows(struct reader *reader, enum option option, struct word word,
                             struct word *argument)
{
    struct command *command = reader->command;
    if (reader->at < reader->count) {
        *argument = word_at(command, reader->words[reader->at++]);
        return true;
    }
    diag_report(&command->diags, AB0602, word.loc, "`%s` needs an argument: %s", word.text,
                option_table[option].argument);
    return false;
}

static int find_long(const char *spelling, size_t len)
{
    for (int i = 0; i < OPT_pass_off; i++) {
        const char *word = option_table[i].word;
        if (word && strlen(word) == len && !memcmp(word, spelling, len))
            return i;
    }
    return -1;
}

static bool read_pass_off(struct command *command, struct word word)
{
    struct word pass = word_rest(word, strlen("--no-"));
    int index = pass_find(pass.text);
    if (index < 0)
        return unknown_option(command, word);
    if (pass_table[index].required) {
        diag_report(&command->diags, AB0602, word.loc, "the pass `%s` cannot be left out",
                    pass.text);
        return false;
    }
    return keep(command, OPT_pass_off, pass);
}

static bool read_long(struct reader *reader, struct word word)
{
    struct command *command = reader->command;
    const char *spelling = word.text + 2, *equals = strchr(spelling, '=');
    size_t len = equals ? (size_t)(equals - spelling) : strlen(spelling);
    int option = find_long(spelling, len);
    if (option < 0)
        return !equals && !strncmp(spelling, "no-", 3) ? read_pass_off(command, word)
                                                       : unknown_option(command, word);
    if (option_table[option].kind == FLAG) {
        if (!equals)
            return keep(command, (enum option)option, word);
        diag_report(&command->diags, AB0602, word.loc, "`--%s` takes no argument",
                    option_table[option].word);
        return false;
    }
    struct word argument = word_rest(word, 2 + len + 1);
    if (!equals && !argument_follows(reader, (enum option)option, word, &argument))
        return false;
    return keep(command, (enum option)option, argument);
}

/* -v -DN=1 -D N=1 -O2 -Wno-unused, and flags in one word (-gv). */
static bool read_short(struct reader *reader, struct word word)
{
    struct command *command = reader->command;
    for (size_t at = 1; word.text[at]; at++) {
        int option = 0;
        while (option < OPT_pass_off && option_table[option].letter != word.text[at])
            option++;
        if (option == OPT_pass_off)
            return unknown_option(command, word);
        if (option_table[option].kind == FLAG) {
            if (!keep(command, (enum option)option, word))
                return false;
            continue;
        }
        struct word argument = word_rest(word, at + 1);
        if (!*argument.text && option_table[option].kind == SWITCH) {
            diag_report(&command->diags, AB0602, word.loc,
                        "`%s` needs its argument in the same word: -%c%s", word.text, word.text[at],
                        option_table[option].argument);
            return false;
        }
        if (!*argument.text && !argument_follows(reader, (enum option)option, word, &argument))
            return false;
        return keep(command, (enum option)option, argument);
    }
    return true;
}

static bool unknown_verb(struct command *command, struct word word)
{
    const char *candidates[VERB_COUNT];
    for (int i = 0; i < VERB_COUNT; i++)
        candidates[i] = verb_table[i].name;
    const char *nearest = nearest_word(word.text, candidates, VERB_COUNT);
    struct diag *diag = diag_report(&command->diags, AB0604, word.loc,
                                    "`%s` is neither a verb nor a .ab file", word.text);
    if (nearest)
        diag_edit(&command->diags, diag, word.loc, "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, "`abcc help` lists the verbs");
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), size = strlen(end);
    return len >= size && !strcmp(text + len - size, end);
}

/* The first word: a verb, or, for `build`, left out. */
static bool read_verb(struct reader *reader)
{
    struct command *command = reader->command;
    const char *text = reader->at < reader->count ? reader->words[reader->at] : "help";
    command->verb = VERB_build;
    for (enum verb verb = 0; verb < VERB_COUNT; verb++)
        if (!strcmp(text, verb_table[verb].name)) {
            command->verb = verb;
            reader->at++;
            return true;
        }
    if (!strcmp(text, "--version") || !strcmp(text, "-V") || !strcmp(text, "--help")
        || !strcmp(text, "-h")) {
        command->verb = text[1] == 'h' || text[2] == 'h' ? VERB_help : VERB_version;
        reader->at++;
        return true;
    }
    if (text[0] == '-' || ends_with(text, ".ab") || ends_with(text, ".ir"))
        return true;
    return unknown_verb(command, word_at(command, text));
}

/* --color and --message-format decide how messages about later words look, so they come first. */
static void read_look(struct command *command)
{
    command->json = option_is(command, OPT_message_format, "json");
    if (option_given(command, OPT_color) && !option_is(command, OPT_color, "auto"))
        command->color = option_is(command, OPT_color, "always");
}

bool command_read(struct command *command, int count, char **words)
{
    struct reader reader = {command, count, 0, words};
    bool fine = read_verb(&reader), only_operands = false;
    if (!verb_table[command->verb].run)
        return true; /* whatever its words will mean */
    while (fine && reader.at < reader.count) {
        struct word word = word_at(command, reader.words[reader.at++]);
        if (only_operands || word.text[0] != '-' || !word.text[1])
            vec_push(command->arena, &command->operands, word);
        else if (!strcmp(word.text, "--"))
            only_operands = true;
        else
            fine = word.text[1] == '-' ? read_long(&reader, word) : read_short(&reader, word);
    }
    read_look(command);
    return fine;
}
