/* Texts of files of the project, put into the library by tools/embed.py. */
#ifndef ABCC_EMIT_EMBEDDED_H
#define ABCC_EMIT_EMBEDDED_H

extern const char embedded_abrt_h[];    /* runtime/include: what users of a unit see */
extern const char embedded_abshow_h[];  /* runtime/include: `show` statements */
extern const char embedded_abwork_h[];  /* runtime/include: what units share inside */
extern const char embedded_gang_h[];    /* runtime/preludes: the types of a gang */
extern const char embedded_rows_h[];    /* runtime/preludes: tensors of a gang */
extern const char embedded_kernels_h[]; /* compiler/lang: helpers of operations */

extern const char embedded_math_ab[];   /* runtime/std: the meaning of exp, log, ... */

#endif
