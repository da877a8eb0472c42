#include "driver/toolchain.h"

#include "driver/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { OLDEST_VECTOR_CLANG = 16, NEWEST_KNOWN_CLANG = 19, QUERY_SECONDS = 20 };

/* The value of a macro in the output of `cc -dM -E`; NULL if it is not defined. */
static const char *macro_value(struct arena *arena, const char *definitions, const char *macro)
{
    const char *define = arena_printf(arena, "#define %s ", macro);
    const char *found = definitions ? strstr(definitions, define) : NULL;
    if (!found)
        return NULL;
    found += strlen(define);
    return arena_strndup(arena, found, strcspn(found, "\r\n"));
}

static bool family_is(struct toolchain *toolchain, enum compiler_family family, const char *major)
{
    if (!major)
        return false;
    toolchain->family = family;
    toolchain->major = (unsigned)strtoul(major, NULL, 10);
    return true;
}

/* Asks the compiler what it is. False if it does not run. */
static bool query_family(struct arena *arena, struct toolchain *toolchain)
{
    VEC(const char *) words = {0};
    for (uint32_t i = 0; i < toolchain->words.len; i++)
        vec_push(arena, &words, toolchain->words.at[i]);
    const char *const query[] = {"-dM", "-E", "-x", "c", "/dev/null", NULL};
    for (int i = 0; i < 6; i++)
        vec_push(arena, &words, query[i]);
    struct process_result result;
    process_run(words.at, QUERY_SECONDS, &result);
    bool runs = result.started && result.exit_code >= 0;
    const char *text = result.out.chars;
    toolchain->family = FAMILY_OTHER;
    if (runs && !family_is(toolchain, FAMILY_CLANG, macro_value(arena, text, "__clang_major__"))
        && !family_is(toolchain, FAMILY_TCC, macro_value(arena, text, "__TINYC__")))
        family_is(toolchain, FAMILY_GCC, macro_value(arena, text, "__GNUC__"));
    process_result_free(&result);
    return runs;
}

/* Splits CC at blanks and finds its program. */
static bool take_words(struct arena *arena, struct toolchain *toolchain, const char *text)
{
    toolchain->words.len = 0;
    while (*(text += strspn(text, " \t"))) {
        size_t len = strcspn(text, " \t");
        vec_push(arena, &toolchain->words, arena_strndup(arena, text, len));
        text += len;
    }
    char *path = toolchain->words.len ? process_find(toolchain->words.at[0]) : NULL;
    if (!path)
        return false;
    toolchain->path = arena_strdup(arena, path);
    free(path);
    return true;
}

static bool choose_default(struct arena *arena, struct toolchain *toolchain)
{
    for (unsigned version = NEWEST_KNOWN_CLANG; version >= OLDEST_VECTOR_CLANG; version--)
        if (take_words(arena, toolchain, arena_printf(arena, "clang-%u", version))) {
            toolchain->family = FAMILY_CLANG;
            toolchain->major = version;
            toolchain->why = "the newest clang with the vector types that are needed";
            return true;
        }
    toolchain->why = "`clang`, which is 16 or newer";
    if (take_words(arena, toolchain, "clang") && query_family(arena, toolchain)
        && toolchain->major >= OLDEST_VECTOR_CLANG)
        return true;
    toolchain->why = "no clang of version 16 or newer was found";
    return take_words(arena, toolchain, "cc") && query_family(arena, toolchain);
}

static void add_flags(struct command *command, struct toolchain *toolchain)
{
    static const char *const common[] = {"-shared", "-fPIC", "-O2"};
    static const char *const gnu[] = {"-std=gnu11", "-ffp-contract=off", "-fno-math-errno",
                                      "-fno-strict-aliasing"};
    static const char *const clang[] = {"-fno-finite-loops"};
    static const char *const gcc[] = {"-fno-gcse"}; /* takes minutes for long functions of arrays */
    struct arena *arena = command->arena;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        vec_push(arena, &toolchain->flags, common[i]);
    if (toolchain->family != FAMILY_CLANG && toolchain->family != FAMILY_GCC)
        return;
    for (size_t i = 0; i < sizeof gnu / sizeof *gnu; i++)
        vec_push(arena, &toolchain->flags, gnu[i]);
    if (toolchain->family == FAMILY_CLANG)
        vec_push(arena, &toolchain->flags, clang[0]);
    else
        vec_push(arena, &toolchain->flags, gcc[0]);
    if (option_is(command, OPT_target, "generic"))
        return;
#if defined(__x86_64__) || defined(__i386__)
    vec_push(arena, &toolchain->flags, "-march=native");
    if (toolchain->family == FAMILY_CLANG)
        vec_push(arena, &toolchain->flags, "-mprefer-vector-width=512");
#else
    vec_push(arena, &toolchain->flags, "-mcpu=native");
#endif
}

int toolchain_find(struct command *command, struct toolchain *toolchain)
{
    struct arena *arena = command->arena;
    const struct word *given = option_word(command, OPT_cc);
    const char *environment = getenv("ABCC_CC");
    *toolchain = (struct toolchain){.family = FAMILY_OTHER};
    bool found;
    if (given || (environment && *environment)) {
        const char *text = given ? given->text : environment;
        toolchain->why = given ? "--cc" : "$ABCC_CC";
        found = take_words(arena, toolchain, text) && query_family(arena, toolchain);
        if (!found)
            diag_report(&command->diags, AB0640, given ? given->loc : (struct loc){0},
                        "the C compiler of %s does not run: %s", toolchain->why, text);
    } else {
        found = choose_default(arena, toolchain);
        if (!found) {
            struct diag *diag = diag_report(&command->diags, AB0640, (struct loc){0},
                                            "no C compiler was found: no clang, no cc");
            diag_help(&command->diags, diag, "--mode=interp needs none");
        }
    }
    if (found)
        add_flags(command, toolchain);
    toolchain->has_vectors = toolchain->family == FAMILY_CLANG
                             && toolchain->major >= OLDEST_VECTOR_CLANG;
    return found ? EXIT_FINE : EXIT_COMPILER;
}

const char *toolchain_name(struct arena *arena, const struct toolchain *toolchain)
{
    static const char *const names[] = {[FAMILY_CLANG] = "clang", [FAMILY_GCC] = "gcc",
                                        [FAMILY_TCC] = "tcc", [FAMILY_OTHER] = "a C compiler"};
    const char *family = names[toolchain->family];
    bool versioned = toolchain->family == FAMILY_CLANG || toolchain->family == FAMILY_GCC;
    return versioned ? arena_printf(arena, "%s %u", family, toolchain->major) : family;
}

/* On Linux what /proc/cpuinfo says of the first processor: its name and its extensions. */
const char *toolchain_cpu(struct arena *arena)
{
    struct utsname machine;
    const char *model = "", *flags = "";
    char line[8192];
    FILE *stream = fopen("/proc/cpuinfo", "r");
    while (stream && fgets(line, sizeof line, stream)) {
        const char *colon = strchr(line, ':');
        if (!colon)
            break;
        colon += 1 + strspn(colon + 1, " \t");
        const char *value = arena_strndup(arena, colon, strcspn(colon, "\n"));
        if (!strncmp(line, "model name", 10))
            model = value;
        else if (!strncmp(line, "flags", 5) || !strncmp(line, "Features", 8))
            flags = value;
    }
    if (stream)
        fclose(stream);
    return arena_printf(arena, "%s, %s: %s", uname(&machine) < 0 ? "unknown" : machine.machine,
                        *model ? model : "unknown processor", flags);
}
