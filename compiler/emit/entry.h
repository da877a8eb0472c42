/* The functions of an entry's public interface. Inside emit only. */
#ifndef ABCC_EMIT_ENTRY_H
#define ABCC_EMIT_ENTRY_H

#include "emit/emit.h"

enum entry_function {
    ENTRY_CALL,
    ENTRY_STRIDED, /* not of entries without inputs */
    ENTRY_BEGIN,
    ENTRY_ADVANCE,
    ENTRY_SNAPSHOT,
    ENTRY_RESTORE,
    ENTRY_STATS
};
/* "ab_status fib_begin(size_t batch, void *work, size_t work_bytes)". header.c */
void put_signature(struct arena *arena, const struct ir_prog *prog, const struct ir_entry *entry,
                   const char *symbol, enum entry_function function, struct text *out);

#endif
