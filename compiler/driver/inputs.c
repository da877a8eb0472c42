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

/* "p.x, p.y, t.0" of the inputs that are parts of a path (all, and extents, for NULL). */
static const char *input_list(struct arena *arena, const struct inputs *inputs, const char *path,
                              size_t len)
{
    struct text list = {0};
    for (uint32_t i = 0; i < inputs->len; i++)
        if (!path || is_part(inputs->at[i].target.path, path, len))
            text_printf(&list, "%s%s", list.len ? ", " : "", inputs->at[i].target.path);
    for (uint32_t i = 0; i < inputs->extent_count && !path; i++)
        text_printf(&list, ", %s", inputs->extents[i].path);
    const char *kept = arena_strdup(arena, list.chars ? list.chars : "");
    text_free(&list);
    return kept;
}

static int unknown_argument(struct command *command, const struct ir_entry *entry,
                            const struct word *word, const struct inputs *inputs)
{
    size_t len = name_length(word);
    const char *wanted = arena_strndup(command->arena, word->text, len);
    const char *parts = input_list(command->arena, inputs, wanted, len);
    struct diag *diag = diag_report(&command->diags, AB0622, name_loc(word),
                                    *parts ? "`%s` of %s is given leaf by leaf"
                                           : "`%s` is no parameter of %s", wanted, entry->name);
    if (*parts) {
        diag_help(&command->diags, diag, "its leaves are: %s", parts);
        return EXIT_USAGE;
    }
    VEC(const char *) names = {0};
    for (uint32_t i = 0; i < inputs->len; i++)
        vec_push(command->arena, &names, inputs->at[i].target.path);
    const char *nearest = nearest_word(wanted, names.at, names.len);
    if (nearest)
        diag_edit(&command->diags, diag, name_loc(word), "did you mean this?", "%s", nearest);
    else
        diag_help(&command->diags, diag, names.len ? "its parameters are: %s" : "it has none%s",
                  input_list(command->arena, inputs, NULL, 0));
    return EXIT_USAGE;
}

static bool is_named(const struct word *word, const char *path)
{
    size_t len = name_length(word);
    return strlen(path) == len && !memcmp(path, word->text, len);
}

static int match_word(struct command *command, const struct ir_entry *entry,
                      const struct word *word, struct inputs *inputs)
{
    const struct word **place = NULL;
    for (uint32_t i = 0; i < inputs->len && !place; i++)
        if (is_named(word, inputs->at[i].target.path))
            place = &inputs->at[i].word;
    for (uint32_t i = 0; i < inputs->extent_count && !place; i++)
        if (is_named(word, inputs->extents[i].path))
            place = &inputs->extents[i].word;
    if (!place)
        return unknown_argument(command, entry, word, inputs);
    if (!*place) {
        *place = word;
        return EXIT_FINE;
    }
    struct diag *diag = diag_report(&command->diags, AB0624, name_loc(word),
                                    "`%.*s` is given twice", (int)name_length(word), word->text);
    diag_note(&command->diags, diag, name_loc(*place), "here first");
    return EXIT_USAGE;
}

static bool has_default(const struct input *input)
{
    return input->leaf && input->leaf->initial;
}

static int check_missing(struct command *command, const struct ir_entry *entry,
                         const struct inputs *inputs)
{
    struct text missing = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < inputs->len; i++) {
        const struct spec_target *target = &inputs->at[i].target;
        if (!inputs->at[i].word && !has_default(&inputs->at[i]))
            text_printf(&missing, "%s%s%s: %s", count++ ? ", " : "",
                        target->is_shared ? "shared " : "", target->path, target->text);
    }
    if (count)
        diag_report(&command->diags, AB0623, (struct loc){0}, "%s lacks %s for %s", entry->name,
                    count == 1 ? "a value" : "values", missing.chars);
    text_free(&missing);
    return count ? EXIT_USAGE : EXIT_FINE;
}

/* What stands behind `=`. */
static struct word spec_word(const struct word *word)
{
    size_t skip = name_length(word) + 1;
    struct word spec = {word->text + skip, word->loc};
    spec.loc.begin += (uint32_t)skip;
    return spec;
}

static int read_specs(struct command *command, struct inputs *inputs, bool cast)
{
    for (uint32_t i = 0; i < inputs->len; i++) {
        struct input *input = &inputs->at[i];
        struct reading reading = {command, &input->target, cast, &input->spec};
        if (!input->word) {
            if (!spec_take(&reading, input->leaf->initial))
                return EXIT_USAGE;
            continue;
        }
        if (!spec_read(&reading, spec_word(input->word))) {
            enum diag_code code = vec_last(&command->diags.list)->code;
            return code == AB0610 || code == AB0612 || code == AB0613 ? EXIT_FILE : EXIT_USAGE;
        }
    }
    return EXIT_FINE;
}

/* ---- run-time extents ------------------------------------------------------------------------ */

static int read_extent(struct command *command, struct input_extent *extent)
{
    static const struct spec_target number = {.type = {.dtype = DT_I64}, .text = "i64"};
    struct spec_target target = number;
    struct spec spec = {0};
    target.path = extent->path;
    struct reading reading = {command, &target, false, &spec};
    struct word word = spec_word(extent->word);
    int64_t size = -1;
    bool fine = spec_read(&reading, word);
    if (fine && spec.kind == SPEC_VALUES && spec.count == 1)
        memcpy(&size, spec.data, sizeof size);
    spec_free(&spec);
    if (fine && size < 0)
        diag_report(&command->diags, AB0625, word.loc, "%s is an extent: one integer from 0",
                    extent->path);
    extent->size = size;
    return size < 0 ? EXIT_USAGE : EXIT_FINE;
}

static int extents_differ(struct command *command, const struct input_extent *extent,
                          const struct input *input, int64_t size)
{
    struct diags *diags = &command->diags;
    struct diag *diag = diag_report(diags, AB0630, input->word->loc,
                                    "%s is %s with %s = %lld, but %s is %lld", input->target.path,
                                    input->target.text, extent->path, (long long)size, extent->path,
                                    (long long)extent->size);
    if (extent->from)
        diag_note(diags, diag, extent->from->word->loc, "%s is %s with %s = %lld",
                  extent->from->target.path, extent->from->target.text, extent->path,
                  (long long)extent->size);
    else
        diag_note(diags, diag, extent->word->loc, "given here");
    return EXIT_USAGE;
}

/* Takes the extents of an array, or checks them. */
static int take_extents(struct command *command, struct inputs *inputs, const struct input *input)
{
    const struct shape *wanted = &input->target.type.shape;
    for (uint32_t axis = 0; axis < wanted->rank; axis++) {
        if (wanted->dim[axis] >= 0)
            continue;
        struct input_extent *extent = &inputs->extents[-1 - wanted->dim[axis]];
        int64_t size = input->spec.shape.dim[axis];
        if (extent->size >= 0 && extent->size != size)
            return extents_differ(command, extent, input, size);
        if (extent->size < 0)
            extent->from = input;
        extent->size = size;
    }
    return EXIT_FINE;
}

/* Random arrays have the extents that others gave. */
static int give_extents(struct command *command, const struct inputs *inputs, struct input *input)
{
    struct shape *shape = &input->spec.shape;
    for (uint32_t axis = 0; axis < shape->rank; axis++) {
        if (shape->dim[axis] >= 0)
            continue;
        const struct input_extent *extent = &inputs->extents[-1 - shape->dim[axis]];
        if (extent->size < 0) {
            struct diag *diag = diag_report(&command->diags, AB0623, input->word->loc,
                                            "the extent %s of %s is not known", extent->path,
                                            input->target.path);
            diag_help(&command->diags, diag, "give it: %s=NUMBER", extent->path);
            return EXIT_USAGE;
        }
        shape->dim[axis] = extent->size;
    }
    return EXIT_FINE;
}

static int agree_on_extents(struct command *command, struct inputs *inputs)
{
    int code = EXIT_FINE;
    for (uint32_t i = 0; i < inputs->extent_count && !code; i++)
        if (inputs->extents[i].word)
            code = read_extent(command, &inputs->extents[i]);
    for (uint32_t i = 0; i < inputs->len && !code; i++)
        if (inputs->at[i].target.is_shared && inputs->at[i].spec.kind == SPEC_VALUES)
            code = take_extents(command, inputs, &inputs->at[i]);
    for (uint32_t i = 0; i < inputs->len && !code; i++)
        if (inputs->at[i].target.is_shared && inputs->at[i].spec.kind != SPEC_VALUES)
            code = give_extents(command, inputs, &inputs->at[i]);
    return code;
}

/* ---- the batch ------------------------------------------------------------------------------- */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static int sizes_differ(struct command *command, const struct input *first,
                        const struct input *second)
{
    struct diag *diag = diag_report(
        &command->diags, AB0627, second->word->loc, "%s has %llu value%s, but %s has %llu",
        second->target.path, (unsigned long long)second->spec.count, plural(second->spec.count),
        first->target.path, (unsigned long long)first->spec.count);
    diag_note(&command->diags, diag, first->word->loc, "%s", first->target.path);
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
        if (input->target.is_shared || input->spec.kind != SPEC_VALUES || input->spec.count == 1)
            continue;
        if (sized && sized->spec.count != input->spec.count)
            return sizes_differ(command, sized, input);
        sized = input;
    }
    inputs->batch = sized ? sized->spec.count : wanted == UINT64_MAX ? 1 : wanted;
    if (!sized || wanted == UINT64_MAX || sized->spec.count == wanted)
        return EXIT_FINE;
    diag_report(&command->diags, AB0627, sized->word->loc,
                "%s has %llu value%s, but --batch is %llu", sized->target.path,
                (unsigned long long)sized->spec.count, plural(sized->spec.count),
                (unsigned long long)wanted);
    return EXIT_USAGE;
}

static int draw(struct command *command, struct inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->len; i++) {
        struct input *input = &inputs->at[i];
        if (input->spec.kind != SPEC_VALUES
            && !spec_draw(&input->spec, input->target.is_shared ? 1 : inputs->batch)) {
            diag_report(&command->diags, AB0625, input->word->loc,
                        "there is no memory for the values of %s", input->target.path);
            return EXIT_USAGE;
        }
    }
    return EXIT_FINE;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static uint32_t place_of(const struct ir_entry *entry, uint32_t extent)
{
    uint32_t i = 0;
    while (entry->extents.at[i] != extent)
        i++;
    return i;
}

/* A shared array's extents are numbered as the entry's. */
static struct spec_target shared_target(struct arena *arena, const struct ir_prog *prog,
                                        const struct ir_entry *entry, uint32_t index)
{
    struct type type = prog->shared.at[entry->shared.at[index]].type;
    const char *text = arena_printf(arena, "%s[", dtype_table[type.dtype].name);
    for (uint32_t axis = 0; axis < type.shape.rank; axis++) {
        int64_t *dim = &type.shape.dim[axis];
        const char *comma = axis ? ", " : "";
        if (*dim < 0) {
            uint32_t place = place_of(entry, (uint32_t)(-1 - *dim));
            text = arena_printf(arena, "%s%s%s", text, comma, entry->extent_paths.at[place]);
            *dim = -1 - (int64_t)place;
        } else {
            text = arena_printf(arena, "%s%s%lld", text, comma, (long long)*dim);
        }
    }
    return (struct spec_target){entry->shared_paths.at[index], type,
                                type.shape.rank ? arena_printf(arena, "%s]", text)
                                                : dtype_table[type.dtype].name, true};
}

static void add_input(struct arena *arena, const struct ir_prog *prog, const struct ir_entry *entry,
                      struct ir_param_place place, struct inputs *inputs)
{
    struct input *input = &inputs->at[inputs->len++];
    *input = (struct input){0};
    if (place.is_shared) {
        input->target = shared_target(arena, prog, entry, place.index);
        return;
    }
    char buffer[TYPE_TEXT_SIZE];
    input->leaf = &entry->params.at[place.index];
    input->target = (struct spec_target){input->leaf->path, input->leaf->type,
                                         arena_strdup(arena, type_text(&input->leaf->type, buffer)),
                                         false};
}

static void list_inputs(struct arena *arena, const struct ir_prog *prog,
                        const struct ir_entry *entry, struct inputs *inputs)
{
    uint32_t extents = entry->extents.len;
    *inputs = (struct inputs){
        .at = ARENA_ARRAY(arena, struct input, entry->params.len + entry->shared.len + 1),
        .extents = ARENA_ARRAY(arena, struct input_extent, extents + 1), .extent_count = extents};
    for (uint32_t i = 0; i < extents; i++)
        inputs->extents[i] = (struct input_extent){.path = entry->extent_paths.at[i], .size = -1};
    for (uint32_t i = 0; i < entry->param_order.len; i++)
        add_input(arena, prog, entry, entry->param_order.at[i], inputs);
    for (uint32_t i = 0; i < entry->params.len && !entry->param_order.len; i++)
        add_input(arena, prog, entry, (struct ir_param_place){false, i}, inputs);
}

int inputs_read(struct command *command, const struct ir_prog *prog, const struct ir_entry *entry,
                const struct word *words, uint32_t count, uint64_t batch, bool cast,
                struct inputs *inputs)
{
    int code = EXIT_FINE;
    list_inputs(command->arena, prog, entry, inputs);
    for (uint32_t i = 0; i < count && !code; i++)
        code = match_word(command, entry, &words[i], inputs);
    if (!code)
        code = check_missing(command, entry, inputs);
    if (!code)
        code = read_specs(command, inputs, cast);
    if (!code)
        code = agree_on_extents(command, inputs);
    if (!code)
        code = agree(command, inputs, batch);
    return code ? code : draw(command, inputs);
}

void inputs_free(struct inputs *inputs)
{
    for (uint32_t i = 0; i < inputs->len; i++)
        spec_free(&inputs->at[i].spec);
}
