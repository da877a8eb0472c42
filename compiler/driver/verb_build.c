/* abcc build: C and header of each program. abcc check: its mistakes only. */
#include "driver/emission.h"
#include "driver/files.h"

#include <errno.h>
#include <string.h>

/* Where the files of one program go; NULL: not written. */
struct targets {
    const char *c_path, *h_path, *unit_name;
    bool table; /* of entries, in both */
};

/* ---- where ----------------------------------------------------------------------------------- */

static bool read_emit(struct command *command, struct targets *targets)
{
    const struct word *word = option_word(command, OPT_emit);
    *targets = (struct targets){0};
    for (const char *at = word ? word->text : ""; *at;) {
        size_t len = strcspn(at, ",");
        if (len == 1 && *at == 'c') {
            targets->c_path = "";
        } else if (len == 1 && *at == 'h') {
            targets->h_path = "";
        } else if (len == 5 && !strncmp(at, "table", len)) {
            targets->table = true;
        } else if (len == 8 && !strncmp(at, "manifest", len)) {
            command_later(command, word->loc, "`--emit=manifest`");
            return false;
        } else {
            diag_report(&command->diags, AB0602, word->loc,
                        "--emit takes a list of c, h and table, not `%s`", word->text);
            return false;
        }
        at += len + (at[len] == ',');
    }
    if (!targets->c_path && !targets->h_path)
        targets->c_path = targets->h_path = "";
    return true;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* -o OUT.c names the unit too: the C includes its header by name. */
static bool name_outputs(struct command *command, const struct word *output,
                         struct targets *targets)
{
    struct arena *arena = command->arena;
    const char *path = output->text, *ending = targets->c_path ? ".c" : ".h";
    size_t len = strlen(path);
    if (!strcmp(path, "-") || file_is_special(path)) {
        if (targets->c_path)
            targets->h_path = NULL;
        targets->c_path = targets->c_path ? path : NULL;
        targets->h_path = targets->h_path ? path : NULL;
        return true;
    }
    if (len < 3 || !file_ends_with(path, ending) || last_part(path)[0] == '.') {
        diag_report(&command->diags, AB0602, output->loc, "-o takes a file ending in %s, or -",
                    ending);
        return false;
    }
    const char *stem = arena_strndup(arena, path, len - 2);
    targets->unit_name = last_part(stem);
    targets->c_path = targets->c_path ? path : NULL;
    targets->h_path = targets->h_path ? arena_printf(arena, "%s.h", stem) : NULL;
    return true;
}

static bool choose_targets(struct command *command, const struct unit *unit,
                           struct targets *targets)
{
    const struct word *output = option_word(command, OPT_output);
    const char *directory = option_text(command, OPT_directory, NULL);
    if (!read_emit(command, targets))
        return false;
    targets->unit_name = unit->stem;
    struct word standard = {"-", {0}};
    if (output || (!strcmp(unit->path, "-") && !directory))
        return name_outputs(command, output ? output : &standard, targets);
    const char *stem = directory ? arena_printf(command->arena, "%s/%s", directory, unit->stem)
                                 : unit->stem;
    targets->c_path = targets->c_path ? arena_printf(command->arena, "%s.c", stem) : NULL;
    targets->h_path = targets->h_path ? arena_printf(command->arena, "%s.h", stem) : NULL;
    return true;
}

/* ---- the rule for make ----------------------------------------------------------------------- */

static void put_make_path(struct text *out, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#')
            text_put(out, "\\");
        text_put(out, *path == '$' ? "$" : "");
        text_put_n(out, path, 1);
    }
}

/* Outputs, a colon, and all files that were read for them: those after `first` in the sources. */
static void put_rule(const struct command *command, const struct targets *targets, uint32_t first,
                     struct text *out)
{
    if (targets->c_path)
        put_make_path(out, targets->c_path);
    text_put(out, targets->c_path && targets->h_path ? " " : "");
    if (targets->h_path)
        put_make_path(out, targets->h_path);
    text_put(out, ":");
    for (uint32_t file = first; file < command->sources.files.len; file++) {
        const char *path = command->sources.files.at[file].path;
        if (path[0] == '<')
            continue; /* standard input, or a text that is part of abcc */
        text_put(out, " ");
        put_make_path(out, path);
    }
    text_put(out, "\n");
}

/* ---- build ----------------------------------------------------------------------------------- */

static int write_unit(struct command *command, const struct targets *targets,
                      const struct text *c_text, const struct text *h_text)
{
    bool fine = (!targets->c_path || file_write(command, targets->c_path, c_text))
                && (!targets->h_path || file_write(command, targets->h_path, h_text));
    return fine ? EXIT_FINE : EXIT_FILE;
}

/* -v: what the workspace of each entry is made of. */
static void say_workspace(struct command *command, const struct emission *emission,
                          const struct ir_prog *prog)
{
    struct text table = {0};
    struct plan *plan = emission->emit.mode == EMIT_BATCHED && command_verbose(command)
                            ? emission_plan(command, prog, emission) : NULL;
    if (plan)
        gang_print_state(command->arena, plan, &emission->emit, &table);
    if (table.chars)
        fputs(table.chars, stderr);
    text_free(&table);
}

static int emit_and_write(struct command *command, const struct emission *emission,
                          struct ir_prog *prog, const struct targets *targets)
{
    struct text c_text = {0}, h_text = {0};
    int code = emission_make(command, prog, emission, &c_text, &h_text) ? EXIT_FINE : EXIT_BUG;
    if (!code)
        say_workspace(command, emission, prog);
    if (!code)
        code = write_unit(command, targets, &c_text, &h_text);
    text_free(&c_text);
    text_free(&h_text);
    return code;
}

static int build_file(struct command *command, const struct compile_options *options,
                      const struct word *file, struct text *rules)
{
    struct unit unit;
    struct targets targets;
    struct emission emission;
    uint32_t first_source = command->sources.files.len;
    int code = unit_check(command, options, file->text, file->loc, &unit);
    if (code)
        return code;
    if (!choose_targets(command, &unit, &targets)
        || !emission_read(command, options->level, targets.unit_name, &emission))
        return EXIT_USAGE;
    put_rule(command, &targets, first_source, rules);
    emission.emit.show = options->show;
    emission.emit.table = targets.table;
    struct ir_prog *prog = unit_lower(command, options, &unit, true, NULL);
    if (!prog)
        return EXIT_BUG;
    keep_entries(prog, ENTRIES_EXPORTS);
    return emit_and_write(command, &emission, prog, &targets);
}

/* As C compilers, build makes no directory: a slip in its name would go unseen. */
static int check_directory(struct command *command, const struct word *word)
{
    if (directory_is_there(word->text))
        return EXIT_FINE;
    struct diag *diag = diag_report(&command->diags, AB0611, word->loc,
                                    "cannot write into the directory %s: %s", word->text,
                                    strerror(errno));
    if (errno == ENOENT)
        diag_help(&command->diags, diag, "make it first: mkdir -p %s", word->text);
    return EXIT_FILE;
}

static int check_build_options(struct command *command)
{
    const struct word *output = option_word(command, OPT_output),
                      *mode = option_word(command, OPT_mode);
    const char *directory = option_text(command, OPT_directory, NULL);
    if (mode && !strcmp(mode->text, "interp")) {
        diag_report(&command->diags, AB0602, mode->loc,
                    "the interpreter has no C: --mode=interp is for run and test");
        return EXIT_USAGE;
    }
    if (output && (directory || command->operands.len > 1)) {
        diag_report(&command->diags, AB0602, output->loc,
                    directory ? "-o and -d cannot both say where to write"
                              : "-o names the output of one file, and there are several");
        return EXIT_USAGE;
    }
    return directory ? check_directory(command, option_word(command, OPT_directory)) : EXIT_FINE;
}

int verb_build(struct command *command)
{
    struct compile_options options;
    struct text rules = {0};
    const char *depfile = option_text(command, OPT_depfile, NULL);
    int code = need_file(command);
    if (!code)
        code = check_build_options(command);
    if (!code && !compile_options_read(command, &options))
        code = EXIT_USAGE;
    for (uint32_t i = 0; i < command->operands.len && code < EXIT_USAGE; i++) {
        int one = build_file(command, &options, &command->operands.at[i], &rules);
        code = one > code ? one : code;
        command_flush(command);
    }
    if (!code && depfile && !file_write(command, depfile, &rules))
        code = EXIT_FILE;
    text_free(&rules);
    return code;
}

int verb_check(struct command *command)
{
    struct compile_options options;
    int code = need_file(command);
    if (!code && !compile_options_read(command, &options))
        code = EXIT_USAGE;
    for (uint32_t i = 0; i < command->operands.len && code != EXIT_USAGE; i++) {
        const struct word *file = &command->operands.at[i];
        struct unit unit;
        int one = unit_check(command, &options, file->text, file->loc, &unit);
        code = one > code ? one : code;
        command_flush(command);
    }
    return code;
}
