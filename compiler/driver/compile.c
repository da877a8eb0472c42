#include "driver/compile.h"

#include "build/build.h"
#include "driver/files.h"
#include "driver/imports.h"
#include "driver/math_library.h"
#include "grammar/syntax.h"

#include <stdlib.h>
#include <string.h>

/* ---- options --------------------------------------------------------------------------------- */

static bool read_define(struct command *command, struct compile_options *options,
                        const struct word *word)
{
    const char *equals = strchr(word->text, '=');
    if (!equals || equals == word->text || !equals[1]) {
        diag_report(&command->diags, AB0602, word->loc, "-D takes NAME=VALUE, not `%s`",
                    word->text);
        return false;
    }
    struct sema_define define = {
        arena_strndup(command->arena, word->text, (size_t)(equals - word->text)), equals + 1,
        word->loc};
    vec_push(command->arena, &options->sema.defines, define);
    return true;
}

static bool unknown_warning(struct command *command, const struct word *word, const char *wanted)
{
    const char *names[DIAG_CODE_COUNT + 1];
    uint32_t count = 0;
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        if (diag_codes[i].severity == SEVERITY_WARNING)
            names[count++] = diag_codes[i].short_name;
    const char *nearest = nearest_word(wanted, names, count);
    struct diag *diag = diag_report(&command->diags, AB0602, word->loc, "there is no warning `%s`",
                                    wanted);
    if (nearest)
        diag_help(&command->diags, diag, "did you mean `%s`?", nearest);
    return false;
}

/* -Werror, -Wall, -Wunused, -Wno-unused, -Wno-AB1001 */
static bool read_warning(struct command *command, const struct word *word)
{
    const char *wanted = word->text;
    if (!strcmp(wanted, "error") || !strcmp(wanted, "no-error")) {
        command->diags.werror = wanted[0] == 'e';
        return true;
    }
    bool off = !strncmp(wanted, "no-", 3);
    wanted += off ? 3 : 0;
    if (!strcmp(wanted, "all")) {
        for (int i = 0; i < DIAG_CODE_COUNT; i++)
            command->diags.off[i] = off && diag_codes[i].severity == SEVERITY_WARNING;
        return true;
    }
    int code = diag_code_find(wanted);
    if (code < 0 || diag_codes[code].severity != SEVERITY_WARNING)
        return unknown_warning(command, word, wanted);
    command->diags.off[code] = off;
    return true;
}

bool compile_options_read(struct command *command, struct compile_options *options)
{
    uint64_t max_depth;
    *options = (struct compile_options){.level = 2};
    options->show = option_given(command, OPT_show);
    options->reassociate = option_given(command, OPT_reassociate);
    options->verbose = option_given(command, OPT_verbose);
    for (uint32_t i = 0; i < command->given.len; i++) {
        const struct given_option *given = &command->given.at[i];
        const struct word *word = &given->word;
        if (given->option == OPT_define && !read_define(command, options, word))
            return false;
        if (given->option == OPT_warning && !read_warning(command, word))
            return false;
        if (given->option == OPT_include)
            vec_push(command->arena, &options->sema.import_dirs, word->text);
        if (given->option == OPT_pass_off)
            options->pass_off[pass_find(word->text)] = true;
        if (given->option != OPT_optimize)
            continue;
        if (strlen(word->text) != 1 || !strchr("012", word->text[0])) {
            diag_report(&command->diags, AB0602, word->loc, "-O takes 0, 1 or 2, not `%s`",
                        word->text);
            return false;
        }
        options->level = word->text[0] - '0';
    }
    if (!option_number(command, OPT_max_depth, 1, 1u << 20, 0, &max_depth))
        return false;
    options->max_depth = (uint32_t)max_depth;
    return true;
}

int need_file(struct command *command)
{
    const struct verb_info *verb = &verb_table[command->verb];
    if (command->operands.len)
        return EXIT_FINE;
    diag_report(&command->diags, AB0605, (struct loc){0}, "`abcc %s` needs an operand: abcc %s %s",
                verb->name, verb->name, verb->operands);
    return EXIT_USAGE;
}

/* ---- IR from text ---------------------------------------------------------------------------- */

bool is_ir_file(const char *path)
{
    return file_ends_with(path, ".ir");
}

/* Where "line 3: ..." says it is; *why is what follows. */
static struct loc line_named(const struct sources *sources, uint32_t file, const char **why)
{
    struct loc loc = {0};
    char *end;
    if (strncmp(*why, "line ", 5) != 0)
        return loc;
    unsigned long line = strtoul(*why + 5, &end, 10);
    const struct source *source = &sources->files.at[file];
    if (end[0] != ':' || end[1] != ' ' || line == 0 || line > source->lines.len)
        return loc;
    *why = end + 2;
    loc.file = file;
    loc.begin = source->lines.at[line - 1];
    while (loc.begin < source->len && source->chars[loc.begin] == ' ')
        loc.begin++;
    for (loc.end = loc.begin; loc.end < source->len && source->chars[loc.end] != '\n';)
        loc.end++;
    return loc;
}

/* What is read is sound, perhaps not tidy. NULL after a mistake, which is reported. */
static struct ir_prog *read_ir(struct command *command, uint32_t file)
{
    const char *why = NULL;
    struct ir_prog *prog =
        ir_parse(command->arena, command->names, command->sources.files.at[file].chars, &why);
    if (!prog) {
        struct loc loc = line_named(&command->sources, file, &why);
        diag_report(&command->diags, AB0614, loc, "%s", why);
    }
    return prog;
}

/* ---- source to typed program ----------------------------------------------------------------- */

static const char *stem_of(struct arena *arena, const char *path)
{
    if (!strcmp(path, "-"))
        return "stdin";
    const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
    size_t len = strlen(last);
    if (len > 3 && (!strcmp(last + len - 3, ".ab") || !strcmp(last + len - 3, ".ir")))
        len -= 3;
    return arena_strndup(arena, last, len);
}

int unit_read(struct command *command, const char *path, struct loc named, struct unit *unit)
{
    const char *why = "";
    *unit = (struct unit){.path = path, .stem = stem_of(command->arena, path)};
    unit->file = sources_read(&command->sources, path, &why);
    if (unit->file)
        return EXIT_FINE;
    diag_report(&command->diags, AB0610, named, "cannot read %s: %s", path, why);
    return EXIT_FILE;
}

int unit_parse(struct command *command, const char *path, struct loc named, struct unit *unit)
{
    uint32_t errors = command->diags.errors;
    int code = unit_read(command, path, named, unit);
    if (code)
        return code;
    unit->ast = parse_file(command->arena, command->names, &command->diags, unit->file);
    return command->diags.errors > errors ? EXIT_SOURCE : EXIT_FINE;
}

/* Are all mistakes after the first `before` those of -D on the command line? */
static bool only_defines(const struct diags *diags, uint32_t before)
{
    uint32_t error = 0;
    for (uint32_t i = 0; i < diags->list.len; i++) {
        const struct diag *diag = diags->list.at[i];
        if (diag->severity == SEVERITY_ERROR && error++ >= before && diag->code != AB0211
            && diag->code != AB0212)
            return false;
    }
    return true;
}

static int check_ir(struct command *command, const char *path, struct loc named, struct unit *unit)
{
    int code = unit_read(command, path, named, unit);
    if (code)
        return code;
    return read_ir(command, unit->file) ? EXIT_FINE : EXIT_SOURCE;
}

int unit_check(struct command *command, const struct compile_options *options, const char *path,
               struct loc named, struct unit *unit)
{
    uint32_t errors = command->diags.errors;
    if (is_ir_file(path))
        return check_ir(command, path, named, unit);
    int code = unit_parse(command, path, named, unit);
    if (code)
        return code;
    read_imports(command, &options->sema, path, unit->ast);
    if (command->diags.errors > errors)
        return EXIT_SOURCE;
    unit->typed = sema_check(command->arena, command->names, &command->diags, unit->ast,
                             &options->sema);
    if (command->diags.errors == errors)
        return EXIT_FINE;
    return only_defines(&command->diags, errors) ? EXIT_USAGE : EXIT_SOURCE;
}

/* ---- typed program to IR --------------------------------------------------------------------- */

static void say_pass(void *user, const struct pass *pass, const struct ir_prog *prog,
                     double seconds, bool changed)
{
    (void)user;
    (void)prog;
    fprintf(stderr, "pass %-14s %8.3f ms%s\n", pass->name, seconds * 1e3,
            changed ? "" : "  no change");
}

bool ir_lower(struct command *command, const struct compile_options *options, struct ir_prog *prog,
              bool for_engines, const char *stop_after)
{
    struct pass_options pass_options = {.level = options->level,
                                        .reassociate = options->reassociate,
                                        .stop_after = stop_after,
                                        .for_engines = for_engines,
                                        .after = options->verbose ? say_pass : NULL};
    memcpy(pass_options.off, options->pass_off, sizeof pass_options.off);
    const char *why = pass_run_all(prog, &pass_options);
    if (why)
        command_bug(command, "%s", why);
    return !why;
}

static struct ir_prog *build_ir(struct command *command, const struct compile_options *options,
                                const struct unit *unit)
{
    struct build_options build_options = {.max_depth = options->max_depth, .show = options->show};
    struct ir_prog *prog = build_program(command->arena, command->names, &command->sources,
                                         unit->typed, &build_options);
    ir_tidy(prog);
    const char *why = ir_verify(prog, command->arena);
    if (!why)
        return prog;
    command_bug(command, "the IR that was built is not valid: %s", why);
    return NULL;
}

struct ir_prog *unit_build(struct command *command, const struct compile_options *options,
                           const struct unit *unit)
{
    struct ir_prog *prog =
        unit->typed ? build_ir(command, options, unit) : read_ir(command, unit->file);
    if (prog)
        math_library_use(command, prog);
    return prog;
}

struct ir_prog *unit_lower(struct command *command, const struct compile_options *options,
                           const struct unit *unit, bool for_engines, const char *stop_after)
{
    struct ir_prog *prog = unit_build(command, options, unit);
    return prog && ir_lower(command, options, prog, for_engines, stop_after) ? prog : NULL;
}
