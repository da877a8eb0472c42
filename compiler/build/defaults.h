/* Default values of an export's parameters, for callers that learn its signature at run time. */
#ifndef ABCC_BUILD_DEFAULTS_H
#define ABCC_BUILD_DEFAULTS_H

#include "build/fn.h"

/* The elements of each leaf, row-major. NULL: there is no default value, or it takes more than
 * literals and elementwise operations; then callers must give one. */
const union scalar **default_leaves(struct arena *arena, const struct typed_expr *expr);

#endif
