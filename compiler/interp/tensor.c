#include "interp/tensor.h"

/* ---- elements -------------------------------------------------------------------------- */

union scalar element_load(const void *from, enum dtype dtype)
{
    union scalar value = {.u = 0};
    switch (dtype) {
    case DT_BOOL: value.u = *(const uint8_t *)from != 0; break;
    case DT_I8: value.i = *(const int8_t *)from; break;
    case DT_I16: value.i = *(const int16_t *)from; break;
    case DT_I32: value.i = *(const int32_t *)from; break;
    case DT_I64: value.i = *(const int64_t *)from; break;
    case DT_U8: value.u = *(const uint8_t *)from; break;
    case DT_U16: value.u = *(const uint16_t *)from; break;
    case DT_U32: value.u = *(const uint32_t *)from; break;
    case DT_U64: value.u = *(const uint64_t *)from; break;
    case DT_F32: value.f32 = *(const float *)from; break;
    case DT_F64: value.f64 = *(const double *)from; break;
    case DT_F16:
    case DT_C64:
    case DT_C128:
    case DT_COUNT:
    case DT_WEAK_FLOAT:
    case DT_WEAK_COMPLEX:
    case DT_ALL_COUNT: break; /* no values of these in the IR */
    }
    return value;
}

void element_store(void *to, enum dtype dtype, union scalar value)
{
    static const uint32_t nan32 = UINT32_C(0x7fc00000);
    static const uint64_t nan64 = UINT64_C(0x7ff8000000000000);
    switch (dtype) {
    case DT_BOOL: *(uint8_t *)to = (uint8_t)value.u; break;
    case DT_I8: *(int8_t *)to = (int8_t)value.i; break;
    case DT_I16: *(int16_t *)to = (int16_t)value.i; break;
    case DT_I32: *(int32_t *)to = (int32_t)value.i; break;
    case DT_I64: *(int64_t *)to = value.i; break;
    case DT_U8: *(uint8_t *)to = (uint8_t)value.u; break;
    case DT_U16: *(uint16_t *)to = (uint16_t)value.u; break;
    case DT_U32: *(uint32_t *)to = (uint32_t)value.u; break;
    case DT_U64: *(uint64_t *)to = value.u; break;
    case DT_F32:
        memcpy(to, value.f32 == value.f32 ? (const void *)&value.f32 : &nan32, sizeof nan32);
        break;
    case DT_F64:
        memcpy(to, value.f64 == value.f64 ? (const void *)&value.f64 : &nan64, sizeof nan64);
        break;
    case DT_F16:
    case DT_C64:
    case DT_C128:
    case DT_COUNT:
    case DT_WEAK_FLOAT:
    case DT_WEAK_COMPLEX:
    case DT_ALL_COUNT: break;
    }
}

union scalar element_at(const void *elements, enum dtype dtype, int64_t index)
{
    return element_load((const char *)elements + index * dtype_table[dtype].bytes, dtype);
}

void element_put(void *elements, enum dtype dtype, int64_t index, union scalar value)
{
    element_store((char *)elements + index * dtype_table[dtype].bytes, dtype, value);
}

/* ---- blocks ---------------------------------------------------------------------------- */

static size_t bytes_of(const struct type *type)
{
    return (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes;
}

static struct tensor *take(struct tensor_pool *pool, uint8_t size_class, size_t bytes)
{
    struct tensor *tensor = pool->free[size_class];
    if (tensor) {
        pool->free[size_class] = tensor->next;
    } else {
        tensor = ARENA_NEW(pool->arena, struct tensor);
        tensor->size_class = size_class;
        tensor->memory = bytes > 0 ? arena_alloc(pool->arena, bytes) : NULL;
        vec_push(pool->arena, &pool->all, tensor);
    }
    tensor->elements = tensor->memory;
    tensor->holders = 1;
    pool->held++;
    return tensor;
}

struct tensor *tensor_new(struct tensor_pool *pool, const struct type *type)
{
    size_t bytes = bytes_of(type);
    uint8_t size_class = 4;
    while (size_class + 1 < SIZE_CLASSES && (size_t)1 << size_class < bytes)
        size_class++;
    return take(pool, size_class, (size_t)1 << size_class);
}

/* Class 0 has no memory of its own. */
struct tensor *tensor_borrow(struct tensor_pool *pool, const void *elements)
{
    struct tensor *tensor = take(pool, 0, 0);
    tensor->elements = (void *)(uintptr_t)elements;
    return tensor;
}

struct tensor *tensor_constant(struct arena *arena, const struct type *type,
                               const union scalar *elements, union scalar splat)
{
    struct tensor *tensor = ARENA_NEW(arena, struct tensor);
    int64_t count = shape_elements(&type->shape);
    tensor->elements = tensor->memory = arena_alloc(arena, bytes_of(type) + 1);
    tensor->holders = 1; /* the code: so a holder at run time is never the only one */
    for (int64_t i = 0; i < count; i++)
        element_put(tensor->elements, type->dtype, i, elements ? elements[i] : splat);
    return tensor;
}

static void give_back(struct tensor_pool *pool, struct tensor *tensor)
{
    tensor->holders = 0;
    tensor->next = pool->free[tensor->size_class];
    pool->free[tensor->size_class] = tensor;
    pool->held--;
}

void tensor_release(struct tensor_pool *pool, struct tensor *tensor)
{
    if (tensor->holders == 1)
        give_back(pool, tensor);
    else
        tensor->holders--;
}

bool tensor_is_writable(const struct tensor *tensor)
{
    return tensor->holders == 1 && tensor->elements == tensor->memory;
}

void tensor_pool_reset(struct tensor_pool *pool)
{
    for (uint32_t i = 0; pool->held > 0 && i < pool->all.len; i++)
        if (pool->all.at[i]->holders > 0)
            give_back(pool, pool->all.at[i]);
}
