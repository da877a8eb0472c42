/* One run of the command: read the words, run the verb, print what there is to say. */
#include "driver/command.h"

#include "driver/sarif.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void command_flush(struct command *command)
{
    const struct diags *diags = &command->diags;
    struct text out = {0};
    for (; command->shown < diags->list.len; command->shown++) {
        const struct diag *diag = diags->list.at[command->shown];
        if (command->json)
            diag_print_json(diags, diag, &out);
        else
            diag_print(diags, diag, command->color, &out);
    }
    if (out.len) {
        fflush(stdout); /* so that both streams on one terminal stand in order */
        fwrite(out.chars, 1, out.len, stderr);
    }
    text_free(&out);
}

int command_bug(struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(command->arena, format, args);
    va_end(args);
    struct diag *diag = diag_report(&command->diags, AB0699, (struct loc){0}, "%s", what);
    diag_help(&command->diags, diag,
              "this is a mistake of abcc: please report it with the program");
    return EXIT_BUG;
}

int command_later(struct command *command, struct loc loc, const char *what)
{
    diag_report(&command->diags, AB0606, loc, "%s is not there yet", what);
    return EXIT_USAGE;
}

bool command_verbose(const struct command *command)
{
    return option_given(command, OPT_verbose);
}

static bool wants_color(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color && *no_color)
        return false;
    return isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

static void show_hidden_count(const struct command *command)
{
    const struct diags *diags = &command->diags;
    if (!command->json && diags->errors > diags->max_errors)
        fprintf(stderr, "%u more errors are not shown\n", diags->errors - diags->max_errors);
}

/* Also what stdio still holds may fail to be written: a full disk, a closed pipe. */
static int close_output(struct command *command, int code)
{
    errno = 0;
    if (!fflush(stdout) && !ferror(stdout))
        return code;
    diag_report(&command->diags, AB0611, (struct loc){0}, "cannot write standard output: %s",
                strerror(errno ? errno : EIO));
    return EXIT_FILE;
}

static int run_verb(struct command *command)
{
    const struct verb_info *verb = &verb_table[command->verb];
    if (!verb->run)
        return command_later(command, (struct loc){0},
                             arena_printf(command->arena, "`abcc %s`", verb->name));
    if (option_given(command, OPT_help)) {
        struct text out = {0};
        help_verb(command->verb, &out);
        fwrite(out.chars, 1, out.len, stdout);
        text_free(&out);
        return EXIT_FINE;
    }
    return verb->run(command);
}

int command_main(int count, char **words)
{
    struct arena *arena = arena_new();
    struct command *command = ARENA_NEW(arena, struct command);
    command->arena = arena;
    command->names = names_new(arena);
    sources_init(&command->sources, arena);
    diags_init(&command->diags, arena, &command->sources);
    command->color = wants_color();
    int code = command_read(command, count, words) ? run_verb(command) : EXIT_USAGE;
    code = close_output(command, code);
    if (option_given(command, OPT_sarif) && !sarif_write(command))
        code = code ? code : EXIT_FILE;
    command_flush(command);
    show_hidden_count(command);
    arena_free(arena);
    return code;
}
