#include "driver/inputs.h"

#include <stdlib.h>
#include <string.h>

bool input_is_one(const char *text)
{
    return strchr(text, '=') != NULL;
}

static size_t name_length(const struct word *word)
{
    return strcspn(word->text, "=");
}

static struct loc name_loc(const struct word *word)
{
    struct loc loc = word->loc;
    loc.end = loc.begin + (uint32_t)name_length(word);
    return loc;
}

/* Is `path` a struct or tuple of which `leaf` is a part? */
static bool is_part(const char *leaf, const char *path, size_t len)
{
    return !strncmp(leaf, path, len) && leaf[len] == '.';
}

/* "p.x, p.y, t.0" of the leaves that are parts of a path (all for NULL). */
static const char *leaf_list(struct arena *arena, const struct ir_entry *entry, const char *path,
                             size_t len)
{
    struct text list = {0};
    for (uint32_t i = 0; i < entry->params.len; i++)
        if (!path || is_part(entry->params.at[i].path, path, len))
            text_printf(&list, "%s%s", list.len ? ", " : "", entry->params.at[i].path);
    const char *kept = arena_strdup(arena, list.chars ? list.chars : "");
    text_free(&list);
    return kept;
}

static int unknown_argument(struct command *command, const struct ir_entry *entry,
                            const struct word *word)
{
    size_t len = name_length(word);
    const char *wanted = arena_strndup(command->arena, word->text, len);
    const char *parts = leaf_list(command->arena, entry, wanted, len);
    struct diag *diag = diag_report(&command->diags, AB0622, name_loc(word),
                                    *parts ? "`%s` of %s is given leaf by leaf"
                                           : "`%s` is no parameter of %s", wanted, entry->name);
    if (*parts) {
        diag_help(&command->diags, diag, "its leaves are: %s", parts);
        return EXIT_USAGE;
    }
    VEC(const char *) names = {0};
    for (uint32_t i = 0; i < entry->params.len; i++)
        vec_push(command->arena, &names, entry->params.at[i].path);
    const char *nearest = nearest_word(wanted, names.at, names.len);
    if (nearest)
        diag_edit(&command->diags, diag, name_loc(word), "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, names.len ? "its parameters are: %s" : "it has none%s",
                  leaf_list(command->arena, entry, NULL, 0));
    return EXIT_USAGE;
}

static int match_word(struct command *command, const struct ir_entry *entry,
                      const struct word *word, struct inputs *inputs)
{
    size_t len = name_length(word);
    for (uint32_t i = 0; i < inputs->len; i++) {
        struct input *input = &inputs->at[i];
        if (strlen(input->leaf->path) != len || memcmp(input->leaf->path, word->text, len))
            continue;
        if (!input->word) {
            input->word = word;
            return EXIT_FINE;
        }
        struct diag *diag = diag_report(&command->diags, AB0624, name_loc(word),
                                        "`%s` is given twice", input->leaf->path);
        diag_note(&command->diags, diag, name_loc(input->word), "here first");
        return EXIT_USAGE;
    }
    return unknown_argument(command, entry, word);
}

static int check_missing(struct command *command, const struct ir_entry *entry,
                         const struct inputs *inputs)
{
    struct text missing = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < inputs->len; i++)
        if (!inputs->at[i].word)
            text_printf(&missing, "%s%s: %s", count++ ? ", " : "", inputs->at[i].leaf->path,
                        dtype_table[inputs->at[i].leaf->type.dtype].name);
    if (count)
        diag_report(&command->diags, AB0623, (struct loc){0}, "%s lacks %s for %s", entry->name,
                    count == 1 ? "a value" : "values", missing.chars);
    text_free(&missing);
    return count ? EXIT_USAGE : EXIT_FINE;
}

static int read_specs(struct command *command, struct inputs *inputs, bool cast)
{
    for (uint32_t i = 0; i < inputs->len; i++) {
        struct input *input = &inputs->at[i];
        size_t skip = name_length(input->word) + 1;
        struct word spec = {input->word->text + skip, input->word->loc};
        spec.loc.begin += (uint32_t)skip;
        if (!spec_read(command, spec, input->leaf, cast, &input->spec)) {
            enum diag_code code = vec_last(&command->diags.list)->code;
            return code == AB0610 || code == AB0612 || code == AB0613 ? EXIT_FILE : EXIT_USAGE;
        }
    }
    return EXIT_FINE;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static int sizes_differ(struct command *command, const struct input *first,
                        const struct input *second)
{
    struct diag *diag = diag_report(
        &command->diags, AB0627, second->word->loc, "%s has %llu value%s, but %s has %llu",
        second->leaf->path, (unsigned long long)second->spec.count, plural(second->spec.count),
        first->leaf->path, (unsigned long long)first->spec.count);
    diag_note(&command->diags, diag, first->word->loc, "%s", first->leaf->path);
    diag_help(&command->diags, diag,
              "all batches are equally long; one value goes to all examples");
    return EXIT_USAGE;
}

/* The batch size that all inputs agree on. */
static int agree(struct command *command, struct inputs *inputs, uint64_t wanted)
{
    const struct input *sized = NULL;
    for (uint32_t i = 0; i < inputs->len; i++) {
        const struct input *input = &inputs->at[i];
        if (input->spec.kind != SPEC_VALUES || input->spec.count == 1)
            continue;
        if (sized && sized->spec.count != input->spec.count)
            return sizes_differ(command, sized, input);
        sized = input;
    }
    inputs->batch = sized ? sized->spec.count : wanted == UINT64_MAX ? 1 : wanted;
    if (!sized || wanted == UINT64_MAX || sized->spec.count == wanted)
        return EXIT_FINE;
    diag_report(&command->diags, AB0627, sized->word->loc,
                "%s has %llu value%s, but --batch is %llu", sized->leaf->path,
                (unsigned long long)sized->spec.count, plural(sized->spec.count),
                (unsigned long long)wanted);
    return EXIT_USAGE;
}

static int draw(struct command *command, struct inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->len; i++) {
        struct input *input = &inputs->at[i];
        if (input->spec.kind != SPEC_VALUES && !spec_draw(&input->spec, inputs->batch)) {
            diag_report(&command->diags, AB0625, input->word->loc,
                        "there is no memory for the values of %s", input->leaf->path);
            return EXIT_USAGE;
        }
    }
    return EXIT_FINE;
}

int inputs_read(struct command *command, const struct ir_entry *entry, const struct word *words,
                uint32_t count, uint64_t batch, bool cast, struct inputs *inputs)
{
    int code = EXIT_FINE;
    *inputs = (struct inputs){ARENA_ARRAY(command->arena, struct input, entry->params.len),
                              entry->params.len, 0};
    for (uint32_t i = 0; i < inputs->len; i++)
        inputs->at[i].leaf = &entry->params.at[i];
    for (uint32_t i = 0; i < count && !code; i++)
        code = match_word(command, entry, &words[i], inputs);
    if (!code)
        code = check_missing(command, entry, inputs);
    if (!code)
        code = read_specs(command, inputs, cast);
    if (!code)
        code = agree(command, inputs, batch);
    return code ? code : draw(command, inputs);
}

void inputs_free(struct inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->len; i++)
        spec_free(&inputs->at[i].spec);
}
