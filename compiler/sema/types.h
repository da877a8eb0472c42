/* Types as the checker sees them: those of typed.h, weak ones, and a few that never reach the typed
 * program. Interned: two equal types are one pointer. */
#ifndef ABCC_SEMA_TYPES_H
#define ABCC_SEMA_TYPES_H

#include "lang/rules.h"
#include "sema/map.h"
#include "sema/typed.h"

/* Kinds of the checker's own. */
#define TY_UNKNOWN ((enum ty_kind)(TY_NEVER + 1)) /* not inferred yet (L14) */
#define TY_ERROR ((enum ty_kind)(TY_NEVER + 2))   /* already reported: silences what follows */
#define TY_OPEN ((enum ty_kind)(TY_NEVER + 3))    /* a field without a type: fits anything */
#define TY_META ((enum ty_kind)(TY_NEVER + 4))    /* the dtype in `tensor`, as a value */
/* A function value: what it captured (parts), behind that the type it is annotated with, if any.
 * The type says which function it is, so each use is specialised to it. At run time it is the tuple
 * of what it captured (ty_settled). */
#define TY_FUNCTION ((enum ty_kind)(TY_NEVER + 5))
#define TY_FN_TYPE ((enum ty_kind)(TY_NEVER + 6)) /* `fn(A, B) -> R`: parts A, B, R; open */
/* Of parameters and captures only: an array of the whole batch (parts: its type), and an integer
 * known at compile time, or an extent known at run time. */
#define TY_SHARED ((enum ty_kind)(TY_NEVER + 7))
#define TY_NUMBER ((enum ty_kind)(TY_NEVER + 8))
#define TY_EXTENT ((enum ty_kind)(TY_NEVER + 9))

enum {
    TYPE_MAX_LEAVES = 10000,
    TYPE_MAX_DEPTH = 200,
    TYPE_MAX_ELEMENTS = INT32_MAX /* of one tensor; run-time extents count as 1 */
};

struct types {
    struct arena *arena;
    struct map interned;
    const struct ty *scalars[DT_ALL_COUNT], *metas[DT_ALL_COUNT];
    const struct ty *unit, *never, *unknown, *error, *open;
    VEC(const char *) extent_names; /* of the extents -1, -2, .. that are known at run time only */
};

void types_init(struct types *types, struct arena *arena);

/* All of these: NULL if the type would be too large (TYPE_MAX_*). */
const struct ty *ty_tensor(struct types *types, enum dtype dtype, const struct shape *shape);
const struct ty *ty_tuple(struct types *types, const struct ty *const *parts, uint32_t count);
const struct ty *ty_struct(struct types *types, const struct ast_decl *decl,
                           const struct ty *const *fields);
/* A tuple or struct like `like`, of other parts. */
const struct ty *ty_of_parts(struct types *types, const struct ty *like,
                             const struct ty *const *parts);
/* Of a declaration or lambda; the captures may be none, the annotation NULL. */
const struct ty *ty_function(struct types *types, const struct ast_decl *decl,
                             const struct ty *const *captures, uint32_t count,
                             const struct ty *annotation);
/* The parameters, then the result. */
const struct ty *ty_fn_type(struct types *types, const struct ty *const *parts, uint32_t count);
const struct ty *ty_shared(struct types *types, const struct ty *tensor, uint32_t symbol);
const struct ty *ty_number(struct types *types, int64_t value);
const struct ty *ty_extent(struct types *types, uint32_t symbol);
/* The symbol or value of the three. */
int64_t ty_number_of(const struct ty *ty);
/* Of a function value: the type it is annotated with, or NULL; how much it captured; the same with
 * another annotation. */
const struct ty *ty_annotation(const struct ty *ty);
uint32_t ty_capture_count(const struct ty *ty);
const struct ty *ty_annotated(struct types *types, const struct ty *ty,
                              const struct ty *annotation);
/* A tensor of the shape of another one (TENSOR), which exists. */
const struct ty *ty_with_dtype(struct types *types, const struct ty *like, enum dtype dtype);

bool ty_is_tensor(const struct ty *ty); /* of any rank: scalars too */
bool ty_is_scalar(const struct ty *ty);
bool ty_is_compound(const struct ty *ty); /* tuple or struct, function value too */
bool ty_is_function(const struct ty *ty);
bool ty_is_bool(const struct ty *ty);     /* a scalar one */
bool ty_has_extents(const struct ty *ty); /* has a leaf with extents known at run time only */
/* Has a part that is known at compile time only: a function, a dtype. */
bool ty_is_named(const struct ty *ty);
bool ty_is_weak(const struct ty *ty);     /* has a weak leaf */
bool ty_is_open(const struct ty *ty);     /* has an open part */
/* Not known, or wrong and reported. */
bool ty_is_unsure(const struct ty *ty);
enum dtype ty_dtype(const struct ty *ty); /* of a tensor */
const struct shape *ty_shape(const struct ty *ty);
/* NumPy's rule: extents are aligned at the right, 1 goes with all. Run-time extents go with
 * themselves and 1. False if the shapes do not fit each other. */
bool shapes_broadcast(const struct shape *a, const struct shape *b, struct shape *result);
/* The number of elements; -1 if it is more than TYPE_MAX_ELEMENTS. */
int64_t shape_size(const struct shape *shape);

/* Weak leaves as i64 and f64, function values as tuples: the type at run time. */
const struct ty *ty_settled(struct types *types, const struct ty *ty);
/* Open parts as unknown. */
const struct ty *ty_with_unknowns(struct types *types, const struct ty *ty);
/* What values of both types have in common (L14): unknown < weak < strong, strong ones promote,
 * tensors of one shape only, tuples part by part, structs only if equal. NULL if there is nothing. */
const struct ty *ty_join(struct types *types, const struct ty *a, const struct ty *b);

#endif
