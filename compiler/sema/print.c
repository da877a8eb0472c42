/* `dump --stage=types`. */
#include "sema/sema.h"

static void print_var(const struct typed_prog *prog, const struct typed_var *var, struct text *out)
{
    struct position at = source_position(prog->sources, var->loc);
    text_printf(out, "    %u:%u %s: %s%s\n", at.line, at.column, var->name,
                var->is_inout ? "inout " : "", ty_text(prog->arena, var->ty));
}

void typed_print(const struct typed_prog *prog, struct text *out)
{
    for (uint32_t i = 0; i < prog->instances.len; i++) {
        const struct instance *instance = prog->instances.at[i];
        text_printf(out, "%s: %s\n", instance->name, instance->signature);
        for (uint32_t k = 0; k < instance->vars.len; k++)
            if (instance->vars.at[k].name)
                print_var(prog, &instance->vars.at[k], out);
    }
}
