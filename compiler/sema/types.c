#include "sema/types.h"

#include "base/text.h"

#include <string.h>

/* What is worth knowing about a type, found when it is made. */
struct ty_info {
    struct ty ty; /* first: a `struct ty *` of ours points to a ty_info */
    const struct types *types;
    bool is_weak, is_open, has_extents;
    bool is_named; /* has parts that are known by their names only, and nothing at run time */
    int64_t number;
    uint32_t depth;
    const struct ty *settled; /* NULL until asked for */
    struct ty_info *next;     /* with the same hash */
};

static struct ty_info *info_of(const struct ty *ty)
{
    return (struct ty_info *)ty;
}

static const struct ty *simple(struct types *types, enum ty_kind kind, enum dtype dtype,
                               uint32_t leaves)
{
    struct ty_info *info = ARENA_NEW(types->arena, struct ty_info);
    info->types = types;
    info->ty.kind = kind;
    info->ty.tensor = type_scalar(dtype);
    info->ty.leaves = leaves;
    info->is_weak = kind == TY_TENSOR && dtype_is_weak(dtype);
    info->is_open = kind == TY_OPEN;
    info->is_named = kind == TY_META;
    info->depth = 1;
    return &info->ty;
}

void types_init(struct types *types, struct arena *arena)
{
    *types = (struct types){.arena = arena, .interned = map_new(arena)};
    for (int dtype = 0; dtype < DT_ALL_COUNT; dtype++) {
        types->scalars[dtype] = simple(types, TY_TENSOR, (enum dtype)dtype, 1);
        types->metas[dtype] = simple(types, TY_META, (enum dtype)dtype, 0);
    }
    types->never = simple(types, TY_NEVER, DT_BOOL, 0);
    types->unknown = simple(types, TY_UNKNOWN, DT_BOOL, 0);
    types->error = simple(types, TY_ERROR, DT_BOOL, 0);
    types->open = simple(types, TY_OPEN, DT_BOOL, 0);
    types->unit = ty_tuple(types, NULL, 0);
}

/* ---- tensors --------------------------------------------------------------------------------- */

const struct ty *ty_tensor(struct types *types, enum dtype dtype, const struct shape *shape)
{
    if (shape->rank == 0)
        return types->scalars[dtype];
    if (shape_size(shape) < 0)
        return NULL;
    struct ty_info like = {.ty = {.kind = TY_TENSOR, .tensor = {dtype, *shape}, .leaves = 1},
                           .types = types,
                           .is_weak = dtype_is_weak(dtype),
                           .depth = 1};
    uintptr_t hash = map_mix(map_mix(TY_TENSOR, dtype), shape->rank);
    for (int i = 0; i < shape->rank; i++) {
        hash = map_mix(hash, (uintptr_t)shape->dim[i]);
        like.has_extents |= shape->dim[i] < 0;
    }
    struct ty_info *first = map_get(&types->interned, hash);
    for (struct ty_info *info = first; info; info = info->next)
        if (info->ty.kind == TY_TENSOR && type_equal(&info->ty.tensor, &like.ty.tensor))
            return &info->ty;
    struct ty_info *info = ARENA_NEW(types->arena, struct ty_info);
    *info = like;
    info->next = first;
    map_set(&types->interned, hash, info);
    return &info->ty;
}

const struct ty *ty_with_dtype(struct types *types, const struct ty *like, enum dtype dtype)
{
    return ty_tensor(types, dtype, &like->tensor.shape);
}

int64_t shape_size(const struct shape *shape)
{
    int64_t size = 1;
    for (int i = 0; i < shape->rank; i++) /* an extent of 0 does not excuse a large one */
        if (shape->dim[i] > TYPE_MAX_ELEMENTS)
            return -1;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i] == 0)
            return 0;
    for (int i = 0; i < shape->rank; i++) {
        size *= shape->dim[i] < 0 ? 1 : shape->dim[i];
        if (size > TYPE_MAX_ELEMENTS)
            return -1;
    }
    return size;
}

bool shapes_broadcast(const struct shape *a, const struct shape *b, struct shape *result)
{
    const struct shape *longer = a->rank >= b->rank ? a : b, *other = longer == a ? b : a;
    int lead = longer->rank - other->rank;
    *result = *longer;
    for (int i = 0; i < other->rank; i++) {
        int64_t *dim = &result->dim[lead + i];
        if (*dim == 1)
            *dim = other->dim[i];
        else if (other->dim[i] != 1 && other->dim[i] != *dim)
            return false;
    }
    return true;
}

/* ---- compound types -------------------------------------------------------------------------- */

static bool same_parts(const struct ty_info *info, const struct ty_info *like,
                       const struct ty *const *parts, uint32_t count)
{
    if (info->ty.kind != like->ty.kind || info->ty.decl != like->ty.decl
        || info->ty.parts.len != count || info->number != like->number)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (info->ty.parts.at[i] != parts[i])
            return false;
    return true;
}

/* What is known of the whole by its parts. */
static void join_info(struct ty_info *whole, const struct ty *const *parts, uint32_t count)
{
    whole->depth = 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct ty_info *part = info_of(parts[i]);
        whole->is_weak |= part->is_weak;
        whole->is_open |= part->is_open;
        whole->has_extents |= part->has_extents;
        whole->is_named |= part->is_named;
        if (part->depth >= whole->depth)
            whole->depth = part->depth + 1;
    }
}

static const struct ty *intern(struct types *types, const struct ty_info *like,
                               const struct ty *const *parts, uint32_t count)
{
    uintptr_t hash = map_mix((uintptr_t)like->ty.decl, like->ty.kind);
    uint64_t leaves = 0;
    hash = map_mix(hash, (uintptr_t)like->number);
    for (uint32_t i = 0; i < count; i++) {
        hash = map_mix(hash, (uintptr_t)parts[i]);
        leaves += parts[i]->leaves;
    }
    if (like->ty.kind == TY_FN_TYPE || like->ty.kind == TY_SHARED)
        leaves = 0;
    if (leaves > TYPE_MAX_LEAVES || like->depth > TYPE_MAX_DEPTH)
        return NULL;
    struct ty_info *first = map_get(&types->interned, hash);
    for (struct ty_info *info = first; info; info = info->next)
        if (same_parts(info, like, parts, count))
            return &info->ty;
    struct ty_info *info = ARENA_NEW(types->arena, struct ty_info);
    *info = *like;
    info->types = types;
    info->ty.leaves = (uint32_t)leaves;
    for (uint32_t i = 0; i < count; i++)
        vec_push(types->arena, &info->ty.parts, parts[i]);
    info->next = first;
    map_set(&types->interned, hash, info);
    return &info->ty;
}

static const struct ty *compound(struct types *types, enum ty_kind kind,
                                 const struct ast_decl *decl, const struct ty *const *parts,
                                 uint32_t count)
{
    struct ty_info like = {.ty = {.kind = kind, .decl = decl}};
    join_info(&like, parts, count);
    return intern(types, &like, parts, count);
}

const struct ty *ty_tuple(struct types *types, const struct ty *const *parts, uint32_t count)
{
    return compound(types, TY_TUPLE, NULL, parts, count);
}

const struct ty *ty_struct(struct types *types, const struct ast_decl *decl,
                           const struct ty *const *fields)
{
    return compound(types, TY_STRUCT, decl, fields, decl->fields.len);
}

const struct ty *ty_of_parts(struct types *types, const struct ty *like,
                             const struct ty *const *parts)
{
    if (like->kind == TY_FUNCTION)
        return ty_function(types, like->decl, parts, ty_capture_count(like), ty_annotation(like));
    return compound(types, like->kind, like->decl, parts, like->parts.len);
}

/* ---- functions, and what is known by its name only ------------------------------------------- */

const struct ty *ty_function(struct types *types, const struct ast_decl *decl,
                             const struct ty *const *captures, uint32_t count,
                             const struct ty *annotation)
{
    const struct ty **parts = ARENA_ARRAY(types->arena, const struct ty *, count + 1);
    struct ty_info like = {.ty = {.kind = TY_FUNCTION, .decl = decl}};
    for (uint32_t i = 0; i < count; i++)
        parts[i] = captures[i];
    join_info(&like, captures, count);
    like.is_named = true;
    if (annotation)
        parts[count++] = annotation;
    return intern(types, &like, parts, count);
}

const struct ty *ty_fn_type(struct types *types, const struct ty *const *parts, uint32_t count)
{
    struct ty_info like = {.ty = {.kind = TY_FN_TYPE}};
    join_info(&like, parts, count);
    like.is_named = like.is_open = true;
    return intern(types, &like, parts, count);
}

static const struct ty *numbered(struct types *types, enum ty_kind kind, int64_t number,
                                 const struct ty *const *parts, uint32_t count)
{
    struct ty_info like = {
        .ty = {.kind = kind}, .number = number, .is_named = true, .depth = 1};
    return intern(types, &like, parts, count);
}

const struct ty *ty_shared(struct types *types, const struct ty *tensor, uint32_t symbol)
{
    return numbered(types, TY_SHARED, symbol, &tensor, 1);
}

const struct ty *ty_number(struct types *types, int64_t value)
{
    return numbered(types, TY_NUMBER, value, NULL, 0);
}

const struct ty *ty_extent(struct types *types, uint32_t symbol)
{
    return numbered(types, TY_EXTENT, symbol, NULL, 0);
}

int64_t ty_number_of(const struct ty *ty)
{
    return info_of(ty)->number;
}

const struct ty *ty_annotation(const struct ty *ty)
{
    const struct ty *last = ty->parts.len ? vec_last(&ty->parts) : NULL;
    return last && last->kind == TY_FN_TYPE ? last : NULL;
}

uint32_t ty_capture_count(const struct ty *ty)
{
    return ty->parts.len - (ty_annotation(ty) != NULL);
}

const struct ty *ty_annotated(struct types *types, const struct ty *ty,
                              const struct ty *annotation)
{
    return ty_function(types, ty->decl, ty->parts.at, ty_capture_count(ty), annotation);
}

/* ---- questions ------------------------------------------------------------------------------- */

bool ty_is_tensor(const struct ty *ty)
{
    return ty->kind == TY_TENSOR;
}

bool ty_is_scalar(const struct ty *ty)
{
    return ty->kind == TY_TENSOR && ty->tensor.shape.rank == 0;
}

bool ty_is_compound(const struct ty *ty)
{
    return ty->kind == TY_TUPLE || ty->kind == TY_STRUCT || ty->kind == TY_FUNCTION;
}

bool ty_is_function(const struct ty *ty)
{
    return ty->kind == TY_FUNCTION;
}

bool ty_is_bool(const struct ty *ty)
{
    return ty_is_scalar(ty) && ty->tensor.dtype == DT_BOOL;
}

bool ty_has_extents(const struct ty *ty)
{
    return info_of(ty)->has_extents;
}

bool ty_is_named(const struct ty *ty)
{
    return info_of(ty)->is_named;
}

bool ty_is_weak(const struct ty *ty)
{
    return info_of(ty)->is_weak;
}

bool ty_is_open(const struct ty *ty)
{
    return info_of(ty)->is_open;
}

bool ty_is_unsure(const struct ty *ty)
{
    return ty->kind == TY_UNKNOWN || ty->kind == TY_ERROR;
}

enum dtype ty_dtype(const struct ty *ty)
{
    return ty->tensor.dtype;
}

const struct shape *ty_shape(const struct ty *ty)
{
    return &ty->tensor.shape;
}

/* ---- made from others ------------------------------------------------------------------------ */

typedef const struct ty *map_fn(struct types *types, const struct ty *ty);

/* The parts of a type, each mapped: its size does not change, so the result exists. */
static const struct ty *map_parts(struct types *types, const struct ty *ty, map_fn *fn)
{
    const struct ty **parts = ARENA_ARRAY(types->arena, const struct ty *, ty->parts.len);
    for (uint32_t i = 0; i < ty->parts.len; i++)
        parts[i] = fn(types, ty->parts.at[i]);
    return ty_of_parts(types, ty, parts);
}

static const struct ty *settled_function(struct types *types, const struct ty *ty)
{
    uint32_t count = ty_capture_count(ty);
    const struct ty **parts = ARENA_ARRAY(types->arena, const struct ty *, count);
    for (uint32_t i = 0; i < count; i++)
        parts[i] = ty_settled(types, ty->parts.at[i]);
    return ty_tuple(types, parts, count);
}

const struct ty *ty_settled(struct types *types, const struct ty *ty)
{
    struct ty_info *info = info_of(ty);
    if (!info->is_weak && !info->is_named)
        return ty;
    if (ty_is_tensor(ty))
        return ty_with_dtype(types, ty, dtype_settled(ty->tensor.dtype));
    if (!ty_is_compound(ty))
        return types->unit;
    if (!info->settled)
        info->settled = ty_is_function(ty) ? settled_function(types, ty)
                                           : map_parts(types, ty, ty_settled);
    return info->settled;
}

const struct ty *ty_with_unknowns(struct types *types, const struct ty *ty)
{
    if (ty->kind == TY_OPEN || ty->kind == TY_FN_TYPE)
        return types->unknown;
    return ty_is_open(ty) ? map_parts(types, ty, ty_with_unknowns) : ty;
}

/* Fields of structs must be equal, as far as they are known. */
static const struct ty *join_parts(struct types *types, const struct ty *a, const struct ty *b)
{
    const struct ty **parts = ARENA_ARRAY(types->arena, const struct ty *, a->parts.len);
    for (uint32_t i = 0; i < a->parts.len; i++) {
        const struct ty *one = a->parts.at[i], *other = b->parts.at[i];
        bool must_equal = a->kind == TY_STRUCT && !ty_is_unsure(one) && !ty_is_unsure(other);
        parts[i] = must_equal && one != other ? NULL : ty_join(types, one, other);
        if (!parts[i])
            return NULL;
    }
    return ty_of_parts(types, a, parts);
}

const struct ty *ty_join(struct types *types, const struct ty *a, const struct ty *b)
{
    if (a == b || b->kind == TY_NEVER || a->kind == TY_ERROR)
        return a;
    if (a->kind == TY_NEVER || b->kind == TY_ERROR)
        return b;
    if (a->kind == TY_UNKNOWN)
        return b;
    if (b->kind == TY_UNKNOWN)
        return a;
    if (ty_is_tensor(a) && ty_is_tensor(b))
        return shape_equal(ty_shape(a), ty_shape(b))
                   ? ty_with_dtype(types, a, dtype_promote(ty_dtype(a), ty_dtype(b)))
                   : NULL;
    if (ty_is_compound(a) && a->kind == b->kind && a->decl == b->decl
        && a->parts.len == b->parts.len)
        return join_parts(types, a, b);
    return NULL;
}

/* ---- text ------------------------------------------------------------------------------------ */

enum { TEXT_ENOUGH = 200, TEXT_DEEP = 4 }; /* then "..": a type may have thousands of parts */

static void put_ty(struct text *out, const struct ty *ty, int depth);

static void put_parts(struct text *out, const struct ty *ty, int depth)
{
    if (depth >= TEXT_DEEP) {
        text_put(out, "..");
        return;
    }
    for (uint32_t i = 0; i < ty->parts.len; i++) {
        if (out->len > TEXT_ENOUGH) {
            text_put(out, "..");
            return;
        }
        text_put(out, i ? ", " : "");
        put_ty(out, ty->parts.at[i], depth + 1);
    }
}

/* Does the name of a struct alone not say its field types? */
static bool is_generic(const struct ty *ty)
{
    if (ty->kind != TY_STRUCT)
        return false;
    for (uint32_t i = 0; i < ty->parts.len; i++)
        if (!ty->decl->fields.at[i].type || is_generic(ty->parts.at[i]))
            return true;
    return false;
}

static void put_tensor(struct text *out, const struct ty *ty)
{
    const struct types *types = info_of(ty)->types;
    const struct shape *shape = ty_shape(ty);
    text_put(out, dtype_table[ty_dtype(ty)].name);
    for (int i = 0; i < shape->rank; i++) {
        text_put(out, i ? ", " : "[");
        int64_t number = -1 - shape->dim[i]; /* of a run-time extent */
        if (number < 0)
            text_printf(out, "%lld", (long long)shape->dim[i]);
        else if (number < types->extent_names.len)
            text_put(out, types->extent_names.at[number]);
        else
            text_put(out, "?");
    }
    text_put(out, shape->rank ? "]" : "");
}

/* "Pair", or "shapes.Pair" of a file that is imported. */
static void put_decl_name(struct text *out, const struct ast_decl *decl)
{
    if (decl->module)
        text_printf(out, "%s.", decl->module);
    text_put(out, decl->name);
}

static void put_function(struct text *out, const struct ty *ty, int depth)
{
    const struct ty *annotation = ty_annotation(ty);
    if (annotation) {
        put_ty(out, annotation, depth);
        return;
    }
    text_put(out, ty->decl->name[0] == '|' ? "" : "fn ");
    put_decl_name(out, ty->decl);
}

static void put_fn_type(struct text *out, const struct ty *ty, int depth)
{
    const struct ty *result = vec_last(&ty->parts);
    text_put(out, "fn(");
    for (uint32_t i = 0; i + 1 < ty->parts.len; i++) {
        text_put(out, i ? ", " : "");
        put_ty(out, ty->parts.at[i], depth + 1);
    }
    text_put(out, ")");
    if (result->kind == TY_TUPLE && !result->parts.len)
        return;
    text_put(out, " -> ");
    put_ty(out, result, depth + 1);
}

static void put_ty(struct text *out, const struct ty *ty, int depth)
{
    if (ty->kind == TY_TENSOR || ty->kind == TY_META) {
        put_tensor(out, ty);
    } else if (ty->kind == TY_STRUCT) {
        put_decl_name(out, ty->decl);
        if (is_generic(ty) && !ty_is_open(ty)) {
            text_put(out, "{");
            put_parts(out, ty, depth);
            text_put(out, "}");
        }
    } else if (ty->kind == TY_TUPLE) {
        text_put(out, "(");
        put_parts(out, ty, depth);
        text_put(out, ty->parts.len == 1 ? ",)" : ")");
    } else if (ty->kind == TY_FUNCTION) {
        put_function(out, ty, depth);
    } else if (ty->kind == TY_FN_TYPE) {
        put_fn_type(out, ty, depth);
    } else if (ty->kind == TY_SHARED) {
        text_put(out, "shared ");
        put_ty(out, ty->parts.at[0], depth);
    } else {
        text_put(out, ty->kind == TY_NEVER ? "never" : "?");
    }
}

const char *ty_text(struct arena *arena, const struct ty *ty)
{
    struct text out = {0};
    put_ty(&out, ty, 0);
    const char *chars = arena_strndup(arena, out.chars, out.len);
    text_free(&out);
    return chars;
}
