/* Lines of emitted C, broken where they are too long. */
#include "emit/c_lines.h"

#include <limits.h>
#include <string.h>

/* How good it is to break a line at a space: less is better. Behind a comma, then behind a sum's
 * operator, then behind another one; outside parentheses rather than inside. */
static int break_cost(char before, char after, int depth)
{
    int kind = before == ','                                      ? 0
               : before == '+' || before == '-'                   ? 1
               : strchr("*/%&|^?:=<>", before) && before != '\0' ? 2
               : strchr("*/%&|^?:=<>+-!", after)                  ? 20
                                                                  : 10;
    return 3 * depth + kind;
}

/* The best space for a break in the second half of the room; 0 if there is none. */
static size_t break_at(const char *line, size_t from, size_t room)
{
    size_t best = 0;
    int least = INT_MAX, depth = 0;
    bool in_string = false;
    for (size_t i = from; line[i] && i <= from + room; i++) {
        if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
            in_string = !in_string;
        if (in_string)
            continue;
        depth += (line[i] == '(') - (line[i] == ')');
        if (line[i] != ' ' || i < from + room / 2)
            continue;
        int cost = break_cost(line[i - 1], line[i + 1], depth);
        if (cost <= least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

void c_put_line(struct text *out, const char *line)
{
    size_t len = strlen(line), from = 0;
    size_t room = out->indent < 15 ? 100 - 4 * (size_t)out->indent : 40;
    int more = 0;
    while (len - from > room - 4 * (size_t)more) {
        size_t at = break_at(line, from, room - 4 * (size_t)more);
        if (at == 0)
            break;
        text_put_n(out, line + from, at - from);
        text_put(out, "\n");
        from = at + 1;
        out->indent += more == 0;
        more = 1;
    }
    text_put(out, line + from);
    text_put(out, "\n");
    out->indent -= more;
}

void c_put_lines(struct arena *arena, struct text *out, const char *lines)
{
    while (*lines) {
        size_t spaces = strspn(lines, " "), len = strcspn(lines, "\n");
        out->indent += (int)spaces / 4;
        c_put_line(out, arena_strndup(arena, lines + spaces, len - spaces));
        out->indent -= (int)spaces / 4;
        lines += len + 1;
    }
}
