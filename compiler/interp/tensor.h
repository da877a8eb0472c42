/* Memory of tensor values: blocks with a count of their holders, recycled by size. */
#ifndef ABCC_INTERP_TENSOR_H
#define ABCC_INTERP_TENSOR_H

#include "base/vec.h"
#include "lang/dtype.h"

/* Row-major elements, each in its dtype's C type. Its shape stands in the type of the value. */
struct tensor {
    void *elements;
    uint64_t holders;    /* places that refer to it; 0: it waits in the pool */
    struct tensor *next; /* in the pool */
    void *memory;        /* its own: `elements` is elsewhere if it is borrowed */
    uint8_t size_class;
};

enum { SIZE_CLASSES = 64 }; /* class c has 2^c bytes */

struct tensor_pool {
    struct arena *arena;
    struct tensor *free[SIZE_CLASSES];
    VEC(struct tensor *) all;
    uint32_t held; /* of `all` */
    VEC(union scalar) row; /* that a reduction works on */
};

/* With one holder; its elements are unspecified. */
struct tensor *tensor_new(struct tensor_pool *pool, const struct type *type);
/* Elements that belong to somebody else, who keeps them as they are. */
struct tensor *tensor_borrow(struct tensor_pool *pool, const void *elements);
/* That the pool does not know: it stays as long as the arena. */
struct tensor *tensor_constant(struct arena *arena, const struct type *type,
                               const union scalar *elements, union scalar splat);
void tensor_release(struct tensor_pool *pool, struct tensor *tensor);
/* May the only holder change its elements? */
bool tensor_is_writable(const struct tensor *tensor);
/* Takes back everything, whoever holds it. */
void tensor_pool_reset(struct tensor_pool *pool);

/* One element. Nan is stored canonical: positive, quiet, no payload. */
union scalar element_load(const void *from, enum dtype dtype);
void element_store(void *to, enum dtype dtype, union scalar value);
/* Of an array. */
union scalar element_at(const void *elements, enum dtype dtype, int64_t index);
void element_put(void *elements, enum dtype dtype, int64_t index, union scalar value);

#endif
