/* abcc explain: diagnostics by code or name, and all of them as a Markdown page. */
#include "driver/command.h"

#include <string.h>

static const char *severity_of(const struct diag_code_info *info)
{
    return info->severity == SEVERITY_WARNING ? "warning" : "error";
}

static void put_list(struct text *out)
{
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        text_printf(out, "%s  %-7s  %-20s  %s\n", diag_codes[i].code, severity_of(&diag_codes[i]),
                    diag_codes[i].short_name, diag_codes[i].title);
}

static void put_page(struct text *out)
{
    text_put(out, "# Diagnostics\n\nEach message of abcc ends in its code. This page is what "
                  "`abcc explain --all` prints;\n`abcc explain CODE` prints one of them. Warnings "
                  "are switched off by `-Wno-NAME`.\n");
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        const struct diag_code_info *info = &diag_codes[i];
        text_printf(out, "\n## %s: %s\n\n`%s`, %s.\n\n%s", info->code, info->title,
                    info->short_name, info->severity == SEVERITY_WARNING ? "a warning" : "an error",
                    info->explanation);
    }
}

/* "ab901" and "901" are AB0901. */
static const char *full_code(struct arena *arena, const char *word)
{
    const char *digits = word + ((word[0] | 32) == 'a' && (word[1] | 32) == 'b' ? 2 : 0);
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 4 || digits[len])
        return word;
    return arena_printf(arena, "AB%.*s%s", (int)(4 - len), "000", digits);
}

static int explain_one(struct command *command, const struct word *word, struct text *out)
{
    int code = diag_code_find(full_code(command->arena, word->text));
    if (code >= 0) {
        const struct diag_code_info *info = &diag_codes[code];
        text_printf(out, "%s%s %s (%s)\n\n%s\n\n%s", out->len ? "\n" : "", severity_of(info),
                    info->code, info->short_name, info->title, info->explanation);
        return EXIT_FINE;
    }
    const char *names[DIAG_CODE_COUNT];
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        names[i] = diag_codes[i].short_name;
    const char *nearest = nearest_word(word->text, names, DIAG_CODE_COUNT);
    struct diag *diag = diag_report(&command->diags, AB0650, word->loc,
                                    "there is no diagnostic `%s`", word->text);
    if (nearest)
        diag_edit(&command->diags, diag, word->loc, "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, "`abcc explain` lists them");
    return EXIT_USAGE;
}

int verb_explain(struct command *command)
{
    struct text out = {0};
    int code = EXIT_FINE;
    if (option_given(command, OPT_all))
        put_page(&out);
    else if (!command->operands.len)
        put_list(&out);
    for (uint32_t i = 0; i < command->operands.len && !code; i++)
        code = explain_one(command, &command->operands.at[i], &out);
    if (out.len)
        fwrite(out.chars, 1, out.len, stdout);
    text_free(&out);
    return code;
}
