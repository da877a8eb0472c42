/* Visits every statement and expression of a typed block, in the order of the text. */
#ifndef ABCC_BUILD_WALK_H
#define ABCC_BUILD_WALK_H

#include "sema/typed.h"

struct walk {
    void *user;
    void (*stmt)(void *user, const struct typed_stmt *stmt); /* may be NULL; before its parts */
    void (*expr)(void *user, const struct typed_expr *expr); /* may be NULL; before its parts */
};

void walk_block(const struct walk *walk, const struct typed_block *block);
void walk_stmt(const struct walk *walk, const struct typed_stmt *stmt);

#endif
