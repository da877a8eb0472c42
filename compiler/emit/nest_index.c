#include "emit/nest_index.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

struct index index_constant(int64_t constant)
{
    return (struct index){.constant = constant};
}

struct index index_term(const char *text, int64_t limit)
{
    if (limit == 1)
        return index_constant(0);
    return (struct index){.terms = {{text, 1, limit}}, .count = 1};
}

static void add_term(struct index *a, struct index_term term)
{
    for (int i = 0; i < a->count; i++)
        if (strcmp(a->terms[i].text, term.text) == 0) {
            a->terms[i].factor += term.factor;
            if (a->terms[i].factor == 0) {
                memmove(&a->terms[i], &a->terms[i + 1],
                        sizeof a->terms[0] * (size_t)(a->count - i - 1));
                a->count--;
            }
            return;
        }
    a->terms[a->count++] = term;
}

struct index index_add(struct index a, const struct index *b)
{
    a.constant += b->constant;
    for (int i = 0; i < b->count; i++)
        add_term(&a, b->terms[i]);
    return a;
}

struct index index_scale(struct index a, int64_t factor)
{
    if (factor == 0)
        return index_constant(0);
    a.constant *= factor;
    for (int i = 0; i < a.count; i++)
        a.terms[i].factor *= factor;
    return a;
}

bool index_is_constant(const struct index *a)
{
    return a->count == 0;
}

/* Bounds beyond it are as good as none; products of two stay far from overflow. */
static const int64_t FARTHEST = INT64_C(1) << 30;

/* Parts what the divisor divides from the rest. True if the rest is within 0 .. divisor - 1. */
static bool part(const struct index *a, int64_t divisor, struct index *whole, struct index *rest)
{
    *whole = index_constant(0);
    *rest = index_constant(0);
    int64_t least = 0, most = 0;
    for (int i = 0; i < a->count; i++) {
        struct index_term term = a->terms[i];
        if (term.factor % divisor == 0) {
            term.factor /= divisor;
            whole->terms[whole->count++] = term;
        } else {
            rest->terms[rest->count++] = term;
            int64_t *bound = term.factor < 0 ? &least : &most;
            if (term.limit > FARTHEST || term.factor > FARTHEST || -term.factor > FARTHEST
                || *bound > FARTHEST || -*bound > FARTHEST)
                return false;
            *bound += term.factor * (term.limit - 1);
        }
    }
    int64_t low = a->constant + least;
    int64_t steps = low >= 0 ? low / divisor : -((-low + divisor - 1) / divisor);
    whole->constant = steps;
    rest->constant = a->constant - steps * divisor;
    return rest->constant + most < divisor;
}

static struct index opaque(struct arena *arena, const struct index *a, const char *op,
                           int64_t divisor, int64_t limit)
{
    bool bare = a->count == 1 && a->constant == 0 && a->terms[0].factor == 1;
    const char *text = arena_printf(arena, bare ? "(%s %s %" PRId64 ")" : "((%s) %s %" PRId64 ")",
                                    index_sum_text(arena, a), op, divisor);
    return index_term(text, limit);
}

/* An upper bound of an index, exclusive; INT64_MAX where none is known. */
static int64_t limit_of(const struct index *a)
{
    int64_t most = a->constant;
    for (int i = 0; i < a->count; i++) {
        const struct index_term *term = &a->terms[i];
        if (term->limit > FARTHEST || term->factor > FARTHEST || most > FARTHEST)
            return INT64_MAX;
        if (term->factor > 0)
            most += term->factor * (term->limit - 1);
    }
    return most + 1;
}

struct index index_quotient(struct arena *arena, const struct index *a, int64_t divisor)
{
    struct index whole, rest;
    if (divisor == 1)
        return *a;
    if (part(a, divisor, &whole, &rest))
        return whole;
    return opaque(arena, a, "/", divisor, (limit_of(a) - 1) / divisor + 1);
}

struct index index_rest(struct arena *arena, const struct index *a, int64_t divisor)
{
    struct index whole, rest;
    if (divisor == 1)
        return index_constant(0);
    if (part(a, divisor, &whole, &rest))
        return rest;
    return opaque(arena, a, "%", divisor, divisor);
}

const char *index_sum_text(struct arena *arena, const struct index *a)
{
    struct text text = {0};
    for (int i = 0; i < a->count; i++) {
        int64_t factor = a->terms[i].factor;
        bool minus = factor < 0;
        if (i > 0)
            text_put(&text, minus ? " - " : " + ");
        else if (minus)
            text_printf(&text, "%" PRId64 " - ", a->constant);
        factor = minus ? -factor : factor;
        text_put(&text, a->terms[i].text);
        if (factor != 1)
            text_printf(&text, " * %" PRId64, factor);
    }
    bool is_first = a->count > 0 && a->terms[0].factor < 0;
    if (a->count == 0)
        text_printf(&text, "%" PRId64, a->constant);
    else if (a->constant != 0 && !is_first)
        text_printf(&text, a->constant < 0 ? " - %" PRId64 : " + %" PRId64,
                    a->constant < 0 ? -a->constant : a->constant);
    const char *result = arena_strdup(arena, text.chars);
    text_free(&text);
    return result;
}
