/* The passes themselves, for the table in pipeline.c. Each leaves a sound program, which the
 * pipeline tidies. */
#ifndef ABCC_PASS_PASSES_H
#define ABCC_PASS_PASSES_H

#include "pass/pass.h"

bool pass_cse(struct pass_cx *cx, struct ir_prog *prog);
bool pass_dce(struct pass_cx *cx, struct ir_prog *prog);
bool pass_fold(struct pass_cx *cx, struct ir_prog *prog);
bool pass_fuse_loops(struct pass_cx *cx, struct ir_prog *prog);
bool pass_inline(struct pass_cx *cx, struct ir_prog *prog);
bool pass_jam(struct pass_cx *cx, struct ir_prog *prog);
bool pass_licm(struct pass_cx *cx, struct ir_prog *prog);
bool pass_mark_cycles(struct pass_cx *cx, struct ir_prog *prog);
bool pass_mark_tail(struct pass_cx *cx, struct ir_prog *prog);
bool pass_merge_tail(struct pass_cx *cx, struct ir_prog *prog);
bool pass_range_checks(struct pass_cx *cx, struct ir_prog *prog);
bool pass_sink(struct pass_cx *cx, struct ir_prog *prog);
bool pass_split(struct pass_cx *cx, struct ir_prog *prog);
bool pass_strength(struct pass_cx *cx, struct ir_prog *prog);
bool pass_tidy(struct pass_cx *cx, struct ir_prog *prog);
bool pass_unroll(struct pass_cx *cx, struct ir_prog *prog);

#endif
