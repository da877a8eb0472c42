/* Random text and damaged programs: every one ends in diagnostics, or in a tree whose print parses to
 * the same print. Built with the sanitizers.
 *
 *     grammar_fuzz RUNS SEED FILE...
 *
 * The files are the programs that are damaged. A failing text is left in grammar_fuzz.ab. */
#include "grammar/syntax.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST = 4096, MOST_FILES = 256 };

static const char *const pieces[] = {
    "let ", "var ", "fn ", "struct ", "const ", "import ", "export ", "extern ", "if ", "else ",
    "while ", "for ", "in ", "break", "continue", "return ", "assert ", "fault ", "true", "none",
    "inout ", "shared ", " and ", " or ", "not ", "step ", "test ", "within ", "rel ", "abs ",
    "faults ", "batched ", "as ", "show ", "x", "y", "f", "1", "2.5", "0x1f", "3j", "'a'", "\"s\"",
    "+", "-", "*", "/", "//", "%", "**", "@", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "~",
    "<<", ">>", "=", "+=", "**=", "~=", "->", "..", "...", ":", ",", ".", ";", "(", ")", "[", "]",
    "{", "}", "}\n", "\n", "\n    ", "||", "&&", "!", "++", "--", "?", "@sync ", "@budget(3) ",
    "## doc\n", "# c\n", "elif ", "def ", "True", "None", "lambda ", "'", "\"", "\\", "$", "\xc3\xa9",
    "\xe2\x89\xa4", "\xe2\x80\x9c", "\xff", "1.", ".5", "1__0", "/*", "*/", "\t", "\r\n", "x: ",
    "{ a: 1 }", "(a, b)", "range(3)", "x[1:2]", "t.0", "|x| ", "for (i = 0; i < n; i++) { }",
};

struct fuzz {
    uint64_t state;
    char *text;
    size_t len;
    const char *files[MOST_FILES];
    size_t lens[MOST_FILES];
    size_t count;
};

static size_t below(struct fuzz *fuzz, size_t bound)
{
    fuzz->state ^= fuzz->state << 13;
    fuzz->state ^= fuzz->state >> 7;
    fuzz->state ^= fuzz->state << 17;
    return (size_t)(fuzz->state >> 11) % bound;
}

/* ---- making text ----------------------------------------------------------------------------- */

static void insert(struct fuzz *fuzz, size_t at, const char *chars, size_t len)
{
    if (fuzz->len + len > LARGEST)
        return;
    memmove(fuzz->text + at + len, fuzz->text + at, fuzz->len - at);
    memcpy(fuzz->text + at, chars, len);
    fuzz->len += len;
}

static void insert_piece(struct fuzz *fuzz, size_t at)
{
    const char *piece = pieces[below(fuzz, sizeof pieces / sizeof pieces[0])];
    insert(fuzz, at, piece, strlen(piece));
}

static void make_soup(struct fuzz *fuzz)
{
    size_t count = 1 + below(fuzz, 60);
    fuzz->len = 0;
    if (below(fuzz, 2))
        insert(fuzz, 0, "fn f(a, b) {\n", 13);
    while (count--)
        insert_piece(fuzz, fuzz->len);
}

static void damage(struct fuzz *fuzz)
{
    static const char marks[] = "(){}[]\n ,:;@#\"'|";
    char copy[40];
    size_t at = below(fuzz, fuzz->len), len = 1 + below(fuzz, sizeof copy);
    if (len > fuzz->len - at)
        len = fuzz->len - at;
    switch (below(fuzz, 5)) {
    case 0:
        memmove(fuzz->text + at, fuzz->text + at + len, fuzz->len - at - len);
        fuzz->len -= len;
        break;
    case 1:
        insert_piece(fuzz, at);
        break;
    case 2:
        fuzz->text[at] = (char)below(fuzz, 256);
        break;
    case 3:
        memcpy(copy, fuzz->text + at, len);
        insert(fuzz, below(fuzz, fuzz->len), copy, len);
        break;
    default:
        fuzz->text[at] = marks[below(fuzz, sizeof marks - 1)];
    }
}

static void make_damaged(struct fuzz *fuzz)
{
    size_t file = below(fuzz, fuzz->count), from = 0, len = fuzz->lens[file];
    size_t times = 1 + below(fuzz, below(fuzz, 2) ? 2 : 12);
    if (len > LARGEST / 2) {
        from = below(fuzz, len - LARGEST / 2);
        len = LARGEST / 2;
    }
    memcpy(fuzz->text, fuzz->files[file] + from, len);
    fuzz->len = len;
    while (times-- && fuzz->len)
        damage(fuzz);
}

/* ---- reading it ------------------------------------------------------------------------------ */

/* The printed tree, or NULL after errors; everything else that a tree goes through is done, too. */
static char *read_and_print(const char *chars, size_t len)
{
    struct arena *arena = arena_new();
    struct sources sources;
    struct diags diags;
    struct names *names = names_new(arena);
    struct text out = {0}, unused = {0};
    sources_init(&sources, arena);
    diags_init(&diags, arena, &sources);
    uint32_t file = sources_add(&sources, "f.ab", arena_strndup(arena, chars, len), (uint32_t)len);
    tokens_print(arena, names, &diags, file, &unused);
    diags_init(&diags, arena, &sources);
    ast_print(parse_file(arena, names, &diags, file), &out);
    for (uint32_t i = 0; i < diags.list.len; i++) {
        diag_print(&diags, diags.list.at[i], true, &unused);
        diag_print_json(&diags, diags.list.at[i], &unused);
    }
    char *printed = diags.errors ? NULL : strdup(out.chars ? out.chars : "");
    text_free(&out);
    text_free(&unused);
    arena_free(arena);
    return printed;
}

static bool is_stable(const struct fuzz *fuzz)
{
    char *once = read_and_print(fuzz->text, fuzz->len);
    if (!once)
        return true;
    char *twice = read_and_print(once, strlen(once));
    bool is_same = twice && !strcmp(once, twice);
    if (!is_same)
        printf("not the same:\n%s\n--\n%s\n", once, twice ? twice : "(errors)");
    free(once);
    free(twice);
    return is_same;
}

static void keep_text(const struct fuzz *fuzz)
{
    FILE *file = fopen("grammar_fuzz.ab", "wb");
    if (!file)
        return;
    fwrite(fuzz->text, 1, fuzz->len, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct arena *arena = arena_new();
    struct sources sources;
    struct fuzz fuzz = {.text = malloc(LARGEST)};
    long runs = strtol(argv[1], NULL, 10);
    const char *why;
    bool is_good = true;
    fuzz.state = 0x9E3779B97F4A7C15u ^ (strtoull(argv[2], NULL, 10) * 0x2545F4914F6CDD1Du);
    sources_init(&sources, arena);
    for (int i = 3; i < argc && fuzz.count < MOST_FILES; i++) {
        uint32_t file = sources_read(&sources, argv[i], &why);
        if (!file || !sources.files.at[file].len)
            continue;
        fuzz.files[fuzz.count] = sources.files.at[file].chars;
        fuzz.lens[fuzz.count++] = sources.files.at[file].len;
    }
    for (long run = 0; run < runs && is_good; run++) {
        if (!fuzz.count || !below(&fuzz, 4))
            make_soup(&fuzz);
        else
            make_damaged(&fuzz);
        keep_text(&fuzz); /* before, so that it is there after a crash */
        is_good = is_stable(&fuzz);
    }
    printf("%ld texts, %s\n", runs, is_good ? "all well" : "one is not stable");
    free(fuzz.text);
    arena_free(arena);
    return !is_good;
}
