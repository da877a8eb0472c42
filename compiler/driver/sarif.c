#include "driver/sarif.h"

#include "driver/files.h"

static void put_string(struct text *out, const char *chars)
{
    text_put(out, "\"");
    for (; *chars; chars++) {
        if (*chars == '"' || *chars == '\\')
            text_printf(out, "\\%c", *chars);
        else if (*chars == '\n')
            text_put(out, "\\n");
        else if ((unsigned char)*chars < 32)
            text_printf(out, "\\u%04x", (unsigned)(unsigned char)*chars);
        else
            text_put_n(out, chars, 1);
    }
    text_put(out, "\"");
}

static void put_region(const struct sources *sources, struct loc loc, struct text *out)
{
    struct loc end = {loc.file, loc.end, loc.end};
    struct position first = source_position(sources, loc), last = source_position(sources, end);
    text_printf(out, "{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,\"endColumn\":%u}",
                first.line, first.column, last.line, last.column);
}

static void put_artifact(const struct sources *sources, struct loc loc, struct text *out)
{
    text_put(out, "\"artifactLocation\":{\"uri\":");
    put_string(out, source_position(sources, loc).path);
    text_put(out, "}");
}

static void put_place(const struct sources *sources, struct loc loc, const char *message,
                      struct text *out)
{
    text_put(out, "{\"physicalLocation\":{");
    put_artifact(sources, loc, out);
    text_put(out, ",\"region\":");
    put_region(sources, loc, out);
    text_put(out, "}");
    if (message) {
        text_put(out, ",\"message\":{\"text\":");
        put_string(out, message);
        text_put(out, "}");
    }
    text_put(out, "}");
}

static void put_related(const struct sources *sources, const struct diag *diag, struct text *out)
{
    bool first = true;
    for (uint32_t i = 0; i < diag->notes.len; i++) {
        if (!diag->notes.at[i].loc.file)
            continue;
        text_put(out, first ? ",\"relatedLocations\":[" : ",");
        put_place(sources, diag->notes.at[i].loc, diag->notes.at[i].message, out);
        first = false;
    }
    if (!first)
        text_put(out, "]");
}

static void put_fix(const struct sources *sources, const struct diag *diag, struct text *out)
{
    text_put(out, ",\"fixes\":[{\"description\":{\"text\":");
    put_string(out, diag->edit_label);
    text_put(out, "},\"artifactChanges\":[{");
    put_artifact(sources, diag->edit, out);
    text_put(out, ",\"replacements\":[{\"deletedRegion\":");
    put_region(sources, diag->edit, out);
    text_put(out, ",\"insertedContent\":{\"text\":");
    put_string(out, diag->edit_text);
    text_put(out, "}}]}]}]");
}

static void put_result(const struct sources *sources, const struct diag *diag, struct text *out)
{
    struct text message = {0};
    text_put(&message, diag->message);
    for (uint32_t i = 0; i < diag->notes.len; i++)
        if (!diag->notes.at[i].loc.file)
            text_printf(&message, "\n%s", diag->notes.at[i].message);
    text_printf(out, "{\"ruleId\":\"%s\",\"level\":\"%s\",\"message\":{\"text\":",
                diag_codes[diag->code].code,
                diag->severity == SEVERITY_ERROR ? "error" : "warning");
    put_string(out, message.chars);
    text_put(out, "}");
    text_free(&message);
    if (diag->loc.file) {
        text_put(out, ",\"locations\":[");
        put_place(sources, diag->loc, NULL, out);
        text_put(out, "]");
    }
    put_related(sources, diag, out);
    if (diag->has_edit)
        put_fix(sources, diag, out);
    text_put(out, "}");
}

static void put_rules(const struct diags *diags, struct text *out)
{
    bool used[DIAG_CODE_COUNT] = {false}, first = true;
    for (uint32_t i = 0; i < diags->list.len; i++)
        used[diags->list.at[i]->code] = true;
    for (int code = 0; code < DIAG_CODE_COUNT; code++) {
        if (!used[code])
            continue;
        text_printf(out, "%s{\"id\":\"%s\",\"name\":\"%s\",\"shortDescription\":{\"text\":",
                    first ? "" : ",", diag_codes[code].code, diag_codes[code].short_name);
        put_string(out, diag_codes[code].title);
        text_put(out, "},\"fullDescription\":{\"text\":");
        put_string(out, diag_codes[code].explanation);
        text_put(out, "}}");
        first = false;
    }
}

bool sarif_write(struct command *command)
{
    const struct diags *diags = &command->diags;
    struct text out = {0};
    text_put(&out,
             "{\"version\":\"2.1.0\",\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
             "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"abcc\",\"version\":\"" ABCC_VERSION
             "\",\"rules\":[");
    put_rules(diags, &out);
    text_put(&out, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
    for (uint32_t i = 0; i < diags->list.len; i++) {
        text_put(&out, i ? ",\n" : "\n");
        put_result(&command->sources, diags->list.at[i], &out);
    }
    text_put(&out, "\n]}]}\n");
    bool fine = file_write(command, option_text(command, OPT_sarif, NULL), &out);
    text_free(&out);
    return fine;
}
