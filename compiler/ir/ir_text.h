/* Words of the text form that printer and parser share. */
#ifndef ABCC_IR_IR_TEXT_H
#define ABCC_IR_IR_TEXT_H

#include "ir/ir.h"

/* Characters of names and numbers that stand without quotes. */
bool ir_text_is_word_char(char c);
/* Puts a constant so that it reads back to the same bits: 7, true, 0.5, -0.0, inf, nan,
 * nan:0x7ff8000000000001, (1.0, -2.0). */
void ir_text_put_constant(struct text *out, enum dtype dtype, union scalar constant);
/* "..." with \" \\ \n \t and \xHH for other control characters. */
void ir_text_put_string(struct text *out, const char *chars);

/* One instruction or terminator, without the end of the line: for messages. */
void ir_text_put_inst(struct text *out, const struct ir_prog *prog, const struct ir_func *func,
                      inst_id inst);
void ir_text_put_term(struct text *out, const struct ir_prog *prog, const struct ir_func *func,
                      block_id block);
/* "%n.4", "while.3": by id, as the printer names them in a tidy function. */
void ir_text_put_value(struct text *out, const struct ir_func *func, value_id value);
void ir_text_put_block(struct text *out, const struct ir_func *func, block_id block);

#endif
