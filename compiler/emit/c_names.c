#include "emit/c_names.h"

#include <ctype.h>
#include <string.h>

/* Words that emitted text or the headers it includes give a meaning: keywords of C and C++, macros
 * and functions of the C library, names of our own. */
static const char *const taken_words[] = {
    "ABRT_H", "ABSHOW_H", "ABWORK_H", "HUGE_VAL", "HUGE_VALF", "HUGE_VALL", "INFINITY", "M",
    "MATH_ERREXCEPT", "MATH_ERRNO", "NAN", "NULL", "PTRDIFF_MAX", "PTRDIFF_MIN", "SEL",
    "SIG_ATOMIC_MAX", "SIG_ATOMIC_MIN", "SIZE_MAX", "WCHAR_MAX", "WCHAR_MIN", "WINT_MAX",
    "WINT_MIN", "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "batch",
    "bitand", "bitor", "bool", "break", "call", "case", "catch", "char", "char16_t", "char32_t",
    "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
    "const_cast", "consteval", "constexpr", "constinit", "continue", "cx", "decltype",
    "default", "delete", "depth", "depth_add", "depth_below", "depth_reset", "do", "double",
    "double_t", "dst", "dst_bytes", "dynamic_cast", "else", "enum", "errno", "explicit",
    "export", "extern", "false", "fault", "first", "float", "float_t", "for", "friend", "goto",
    "i386", "if", "inline", "int", "lane_index", "linux", "locale_t", "long", "main", "mask",
    "mask_and_not", "mask_count", "mask_first", "mask_last", "mask_not", "mask_select",
    "math_errhandling", "memchr", "memcmp", "memcpy", "memmove", "memset", "mutable",
    "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "offsetof", "operator", "or",
    "or_eq", "private", "protected", "ptrdiff_t", "public", "register", "reinterpret_cast",
    "report", "requires", "restrict", "return", "shared", "short", "signed", "signgam", "size_t",
    "sizeof", "src", "src_bytes", "static", "static_assert", "static_cast", "stats", "strcat",
    "strchr", "strcmp", "strcpy", "strcspn", "strlen", "strncmp", "strncpy", "strpbrk",
    "strrchr", "strspn", "strstr", "strtok", "struct", "switch", "take_ids", "template", "this",
    "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
    "typeof_unqual", "union", "unix", "unsigned", "using", "virtual", "visits", "void",
    "volatile", "wchar_t", "while", "work", "work_bytes", "xor", "xor_eq",
};

/* Functions of <string.h> and <math.h>, which no export may be called. */
static const char *const string_words[] = {
    "basename", "bcmp", "bcopy", "bzero", "explicit_bzero", "ffs", "ffsll", "index", "lgamma_r",
    "lgammaf_r", "lgammal_r", "memccpy", "memfrob", "memmem", "mempcpy", "memrchr", "rawmemchr",
    "rindex", "stpcpy", "stpncpy", "strcasecmp", "strcasecmp_l", "strcasestr", "strchrnul",
    "strcoll", "strcoll_l", "strdup", "strerror", "strerror_l", "strerror_r", "strfry",
    "strlcat", "strlcpy", "strncasecmp", "strncasecmp_l", "strncat", "strndup", "strnlen",
    "strsep", "strsignal", "strtok_r", "strverscmp", "strxfrm", "strxfrm_l", "swab",
};

/* Functions of <math.h>, the same; each also with f and l behind it. */
static const char *const math_words[] = {
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign",
    "cos", "cosh", "drem", "erf", "erfc", "exp", "exp10", "exp2", "expm1", "fabs", "fdim",
    "ffs", "finite", "floor", "fma", "fmax", "fmin", "fmod", "fpclassify", "frexp", "gamma",
    "hypot", "ilogb", "isfinite", "isgreater", "isgreaterequal", "isinf", "isless",
    "islessequal", "islessgreater", "isnan", "isnormal", "isunordered", "j0", "j1", "jn",
    "ldexp", "lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint",
    "lround", "modf", "nan", "nearbyint", "nextafter", "nexttoward", "pow", "remainder",
    "remquo", "rint", "round", "scalb", "scalbln", "scalbn", "signbit", "significand", "sin",
    "sincos", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc", "y0", "y1", "yn",
};

/* Words before _f64 etc. in names of the gang prelude; operations are there too. */
static const char *const lane_words[] = {
    "depth", "expand", "give", "hidden", "lane", "ld", "park", "pop", "push", "sel", "splat",
    "st", "take", "v",
};

#define IN_LIST(list, word, len) in_list(list, sizeof list / sizeof list[0], word, len)

static bool in_list(const char *const *list, size_t count, const char *word, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == len && memcmp(list[i], word, len) == 0)
            return true;
    return false;
}

static bool is_library_word(const char *word)
{
    size_t len = strlen(word);
    if (IN_LIST(math_words, word, len) || IN_LIST(string_words, word, len))
        return true;
    return len > 1 && (word[len - 1] == 'f' || word[len - 1] == 'l') &&
           IN_LIST(math_words, word, len - 1);
}

static bool is_op_name(const char *word, size_t len)
{
    for (int op = 0; op < OP_COUNT; op++)
        if (strlen(op_table[op].name) == len && memcmp(op_table[op].name, word, len) == 0)
            return true;
    return false;
}

/* add_f64, cast_i32_f64, lane_u8: made for each dtype. */
static bool is_kernel_word(const char *word)
{
    const char *last = strrchr(word, '_');
    if (!last || dtype_find(last + 1) < 0)
        return false;
    const char *first = strchr(word, '_');
    size_t len = (size_t)(first - word);
    return IN_LIST(lane_words, word, len) || is_op_name(word, len);
}

/* int32_t, uint64_t, INT8_MAX, UINT64_C, AB_LANES, ab_site, f_fib. */
static bool is_family_word(const char *word)
{
    size_t len = strlen(word);
    bool is_int = strncmp(word, "int", 3) == 0 || strncmp(word, "uint", 4) == 0;
    bool is_limit = strncmp(word, "INT", 3) == 0 || strncmp(word, "UINT", 4) == 0;
    return strncmp(word, "ab_", 3) == 0 || strncmp(word, "AB_", 3) == 0 ||
           strncmp(word, "f_", 2) == 0 || strncmp(word, "AT_", 3) == 0 ||
           strncmp(word, "M_", 2) == 0 || strncmp(word, "FP_", 3) == 0 ||
           strncmp(word, "GANG_", 5) == 0 || strncmp(word, "site_is_", 8) == 0 ||
           (is_int && len > 2 && strcmp(word + len - 2, "_t") == 0) ||
           (is_limit && strchr(word, '_')) ||
           (word[0] == '_' && (word[1] == '_' || isupper((unsigned char)word[1])));
}

const char *c_identifier(struct arena *arena, const char *text)
{
    char *word = arena_strdup(arena, *text ? text : "_");
    for (char *c = word; *c; c++)
        if (!isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80)
            *c = '_';
    if (isdigit((unsigned char)*word))
        word = arena_printf(arena, "_%s", word);
    if (IN_LIST(taken_words, word, strlen(word)) || is_kernel_word(word) || is_family_word(word))
        word = arena_printf(arena, "%s_", word);
    return word;
}

const char *c_unique(struct arena *arena, const char *text, const char *const *taken,
                     uint32_t count)
{
    while (in_list(taken, count, text, strlen(text)))
        text = arena_printf(arena, "%s_", text);
    return text;
}

/* ---- scopes --------------------------------------------------------------------------------- */

struct name_slot {
    const char *name;
    uint32_t next; /* the number to try first when it is wished again */
};

struct name_scope {
    struct arena *arena;
    struct name_slot *slots; /* a power of two of them, at most half in use */
    uint32_t used, size;
};

struct name_scope *name_scope_new(struct arena *arena)
{
    struct name_scope *scope = ARENA_NEW(arena, struct name_scope);
    *scope = (struct name_scope){.arena = arena, .size = 64};
    scope->slots = ARENA_ARRAY(arena, struct name_slot, scope->size);
    return scope;
}

/* Where the scope has `word`, or would. */
static struct name_slot *slot_of(const struct name_scope *scope, const char *word)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *c = word; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    for (;; hash++) {
        struct name_slot *slot = &scope->slots[hash & (scope->size - 1)];
        if (!slot->name || strcmp(slot->name, word) == 0)
            return slot;
    }
}

static void grow_scope(struct name_scope *scope)
{
    struct name_scope old = *scope;
    scope->size *= 2;
    scope->slots = ARENA_ARRAY(scope->arena, struct name_slot, scope->size);
    for (uint32_t i = 0; i < old.size; i++)
        if (old.slots[i].name)
            *slot_of(scope, old.slots[i].name) = old.slots[i];
}

const char *name_scope_add(struct name_scope *scope, const char *wish)
{
    if (scope->used >= scope->size / 2)
        grow_scope(scope);
    struct name_slot *wished = slot_of(scope, wish), *slot = wished;
    const char *result = wish;
    while (slot->name) {
        result = c_identifier(scope->arena,
                            arena_printf(scope->arena, "%s_%u", wish, wished->next++));
        slot = slot_of(scope, result);
    }
    *slot = (struct name_slot){result, 2};
    scope->used++;
    return result;
}

/* ---- symbols -------------------------------------------------------------------------------- */

/* What is put behind the symbol of an entry to name its functions and tables. */
static const char *const suffixes[] = {
    "_advance", "_begin", "_choose", "_core", "_fill", "_halt", "_in", "_out", "_points",
    "_profile", "_reset", "_restore", "_run", "_shape", "_snapshot", "_state", "_stats",
    "_strided", "_shared", "_extents", "_work_fits",
};

static const char *wished_symbol(struct arena *arena, const struct ir_prog *prog,
                                 const struct emit_options *options, uint32_t entry)
{
    if (!prog->entries.at[entry].is_test) {
        const char *symbol = c_identifier(arena, arena_printf(arena, "%s%s", options->prefix,
                                                              prog->entries.at[entry].name));
        return is_library_word(symbol) ? arena_printf(arena, "%s_", symbol) : symbol;
    }
    uint32_t number = 1;
    for (uint32_t i = 0; i < entry; i++)
        number += prog->entries.at[i].is_test;
    return arena_printf(arena, "%stest_%u", options->prefix, number);
}

/* Is `symbol` what another entry calls itself or one of its functions? Of two equal symbols the
 * export that comes first keeps it. */
static bool symbol_is_taken(struct arena *arena, const struct ir_prog *prog,
                            const struct emit_options *options, uint32_t entry, const char *symbol)
{
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        if (i == entry)
            continue;
        const char *other = wished_symbol(arena, prog, options, i);
        bool comes_first = prog->entries.at[i].is_test == prog->entries.at[entry].is_test
                               ? i < entry
                               : prog->entries.at[entry].is_test;
        if (strcmp(other, symbol) == 0 && comes_first)
            return true;
        size_t len = strlen(other);
        if (strncmp(symbol, other, len) == 0 &&
            IN_LIST(suffixes, symbol + len, strlen(symbol + len)))
            return true;
    }
    return false;
}

const char *entry_symbol(struct arena *arena, const struct ir_prog *prog,
                         const struct emit_options *options, uint32_t entry)
{
    const char *symbol = wished_symbol(arena, prog, options, entry);
    while (symbol_is_taken(arena, prog, options, entry, symbol))
        symbol = arena_printf(arena, "%s_", symbol);
    return symbol;
}

static const char *upper(struct arena *arena, const char *text)
{
    char *result = arena_strdup(arena, text);
    for (char *c = result; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return result;
}

const char *entry_macro(struct arena *arena, const struct ir_prog *prog,
                        const struct emit_options *options, uint32_t entry)
{
    const char **macros = ARENA_ARRAY(arena, const char *, entry + 1);
    for (uint32_t i = 0; i <= entry; i++)
        macros[i] = c_unique(arena, upper(arena, entry_symbol(arena, prog, options, i)), macros, i);
    return macros[entry];
}

const char *unit_symbol(struct arena *arena, const struct emit_options *options)
{
    return arena_printf(arena, "%s%s_unit", options->prefix,
                        c_identifier(arena, options->unit_name));
}

const char *sites_symbol(struct arena *arena, const struct emit_options *options)
{
    return arena_printf(arena, "%s_sites", unit_symbol(arena, options));
}

/* ---- parameters ----------------------------------------------------------------------------- */

uint32_t entry_input_count(const struct ir_entry *entry)
{
    return entry->params.len + entry->shared.len;
}

/* Entries without shared arrays need not say in which order their inputs stand. */
static struct ir_param_place place_of(const struct ir_entry *entry, uint32_t number)
{
    return number < entry->param_order.len ? entry->param_order.at[number]
                                           : (struct ir_param_place){false, number};
}

/* Numbers of the program's run-time extents, in a type, made those of the entry. */
static struct type type_in_entry(const struct ir_entry *entry, struct type type)
{
    for (int i = 0; i < type.shape.rank; i++)
        for (uint32_t e = 0; type.shape.dim[i] < 0 && e < entry->extents.len; e++)
            if (entry->extents.at[e] == (uint32_t)(-1 - type.shape.dim[i])) {
                type.shape.dim[i] = -1 - (int64_t)e;
                break;
            }
    return type;
}

struct entry_input entry_input(const struct ir_prog *prog, const struct ir_entry *entry,
                               uint32_t number)
{
    struct ir_param_place place = place_of(entry, number);
    struct entry_input input = {.is_shared = place.is_shared, .index = place.index};
    if (!place.is_shared) {
        input.path = entry->params.at[place.index].path;
        input.type = entry->params.at[place.index].type;
        return input;
    }
    const struct ir_shared *shared = &prog->shared.at[entry->shared.at[place.index]];
    input.path = place.index < entry->shared_paths.len ? entry->shared_paths.at[place.index]
                                                       : shared->name;
    input.type = type_in_entry(entry, shared->type);
    return input;
}

uint32_t entry_input_number(const struct ir_entry *entry, bool is_shared, uint32_t index)
{
    for (uint32_t i = 0; i < entry_input_count(entry); i++) {
        struct ir_param_place place = place_of(entry, i);
        if (place.is_shared == is_shared && place.index == index)
            return i;
    }
    return IR_NONE;
}

/* Inputs are called as in the source ("p_x" for p.x), run-time extents too; outputs "out", "out_x"
 * by the field, and "x_out" when they belong to the inout parameter x. */
struct entry_names entry_names_of(struct arena *arena, const struct ir_prog *prog,
                                  const struct ir_entry *entry)
{
    uint32_t ins = entry_input_count(entry), outs = entry->results.len;
    uint32_t extents = entry->extents.len;
    const char **taken = ARENA_ARRAY(arena, const char *, 2 * ins + outs + extents + 1);
    struct entry_names names = {.in = ARENA_ARRAY(arena, const char *, ins + 1),
                                .out = ARENA_ARRAY(arena, const char *, outs + 1),
                                .extent = ARENA_ARRAY(arena, const char *, extents + 1)};
    uint32_t count = 0;
    for (uint32_t i = 0; i < ins; i++) {
        const char *wish = c_identifier(arena, entry_input(prog, entry, i).path);
        names.in[i] = c_unique(arena, wish, taken, count);
        taken[count++] = names.in[i];
        taken[count++] = arena_printf(arena, "%s_stride", names.in[i]);
    }
    for (uint32_t i = 0; i < extents; i++) {
        const char *wish = i < entry->extent_paths.len ? entry->extent_paths.at[i]
                                                       : prog->extents.at[entry->extents.at[i]].name;
        names.extent[i] = c_unique(arena, c_identifier(arena, wish), taken, count);
        taken[count++] = names.extent[i];
    }
    for (uint32_t i = 0; i < outs; i++) {
        const struct ir_leaf *leaf = &entry->results.at[i];
        const char *wish = !*leaf->path      ? "out"
                           : leaf->is_inout ? arena_printf(arena, "%s_out", leaf->path)
                                            : arena_printf(arena, "out_%s", leaf->path);
        if (*leaf->path)
            wish = c_identifier(arena, wish);
        names.out[i] = c_unique(arena, wish, taken, count);
        taken[count++] = names.out[i];
    }
    return names;
}

void put_c_string(struct text *out, const char *text)
{
    text_put(out, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\' || c == '?')
            text_printf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            text_printf(out, "\\%03o", c);
        else
            text_put_n(out, text, 1);
    }
    text_put(out, "\"");
}

void put_show_place(struct text *out, const struct ir_prog *prog, const struct ir_inst *inst)
{
    struct text place = {0};
    if (prog->sources && inst->loc.file) {
        struct position at = source_position(prog->sources, inst->loc);
        text_printf(&place, "%s:%u", at.path, (unsigned)at.line);
    } else {
        text_put(&place, "?");
    }
    put_c_string(out, place.chars);
    text_put(out, ", ");
    put_c_string(out, inst->text ? inst->text : "");
    text_free(&place);
}
