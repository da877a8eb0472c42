/* The parser of the text form, for its two halves: instructions, and everything around them. What
 * is bool answers false after a mistake, which it has reported. */
#ifndef ABCC_IR_IR_PARSE_H
#define ABCC_IR_IR_PARSE_H

#include "ir/ir_read.h"

struct symbol {
    name spelling;
    uint32_t id;   /* of the value, block or function; IR_NONE: not defined yet */
    uint32_t line; /* of the first mention */
};

struct symbols {
    struct arena *arena;
    VEC(struct symbol) list;
    uint32_t *slots; /* 1 + index in the list; 0: free */
    uint32_t size;
};

/* Where the parts of a function stood, to place what the verifier says. */
struct func_lines {
    uint32_t line;
    VEC(uint32_t) insts, heads, terms;
};

struct parser {
    struct ir_prog *prog;
    struct reader in;
    struct names *spellings;
    struct symbols funcs; /* by the name of the function */
    VEC(struct func_lines) lines;
    VEC(uint32_t) entry_lines;
    /* the function being read */
    struct ir_func *func;
    struct symbols values, blocks;
    block_id block; /* being read, or IR_NONE */
};

bool parse_value(struct parser *p, value_id *out);
/* "%1, %2": appended to a vector of values. */
#define PARSE_VALUES(p, values, first)                                                             \
    do {                                                                                           \
        value_id one;                                                                              \
        if (!(first) && !read_mark(&p->in, ','))                                                   \
            return false;                                                                          \
        if (!parse_value((p), &one))                                                               \
            return false;                                                                          \
        vec_push((p)->in.arena, (values), one);                                                    \
    } while (0)
bool parse_callee(struct parser *p, func_id *out);
/* "@X" and "$n", declared before, as their indexes in the program. */
bool parse_shared_ref(struct parser *p, uint32_t *out);
bool parse_extent_ref(struct parser *p, uint32_t *out);
/* "%n.4: i64": a new value, whose row is `value` but for type and hint. */
bool parse_definition(struct parser *p, struct ir_value value, value_id *id);
/* One instruction, up to the end of its line, which is appended to the block being read. */
bool parse_inst(struct parser *p);

#endif
