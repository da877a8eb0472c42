/* For test_values.py. Each line of standard input is DTYPE CAST TEXT; it is read as a literal and
 * printed: the bits in hexadecimal and the value, or why it is refused. */
#include "driver/values.h"

#include <stdio.h>
#include <string.h>

static void answer(struct arena *arena, const char *dtype_name, const char *cast,
                   const char *literal)
{
    int dtype = dtype_find(dtype_name);
    union scalar value;
    struct literal_error error;
    struct text out = {0};
    if (!value_read(arena, literal, strlen(literal), (enum dtype)dtype, *cast == '1', &value,
                     &error)) {
        printf("%s: %s\n", error.castable ? "cast" : "refused", error.why);
        return;
    }
    unsigned char memory[16] = {0};
    value_store((enum dtype)dtype, value, memory);
    value_print(&out, (enum dtype)dtype, memory);
    for (int i = dtype_table[dtype].bytes; i-- > 0;)
        printf("%02x", memory[i]);
    printf(" %s\n", out.chars);
    text_free(&out);
}

int main(void)
{
    char line[1024];
    struct arena *arena = arena_new();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *cast = strchr(line, ' ');
        char *literal = cast ? strchr(cast + 1, ' ') : NULL;
        if (!literal)
            break;
        *cast++ = '\0';
        *literal++ = '\0';
        answer(arena, line, cast, literal);
    }
    arena_free(arena);
    return 0;
}
