#include "interp/tensor_inst.h"

#include "interp/region.h"
#include "interp/sums.h"

/* One instruction being executed. */
struct job {
    const struct surroundings *cx;
    const struct ir_func *func;
    const struct ir_inst *inst;
    const union slot *args;
    const struct type *type; /* of the result */
    union slot result;
    void *to;                /* where its elements go: the tensor's, or the scalar's place */
    union scalar place;
};

static const struct type *arg_type(const struct job *job, uint32_t index)
{
    return &job->func->values.at[job->inst->args.at[index]].type;
}

/* The elements of a value; those of a scalar in the place given. */
static const void *elements_of(const struct type *type, const union slot *slot,
                               union scalar *place)
{
    if (type->shape.rank > 0)
        return slot->tensor->elements;
    element_store(place, type->dtype, slot->scalar);
    return place;
}

static const void *arg_elements(const struct job *job, uint32_t index)
{
    return job->args[index].tensor->elements;
}

static uint8_t bytes_of(const struct job *job)
{
    return dtype_table[job->type->dtype].bytes;
}

/* ---- index maps ------------------------------------------------------------------------ */

static void clear(const struct job *job)
{
    memset(job->to, 0, (size_t)shape_elements(&job->type->shape) * bytes_of(job));
}

static void gather(const struct job *job, struct region region)
{
    union scalar place = {.u = 0};
    if (shape_elements(&region.shape) < shape_elements(&job->type->shape))
        clear(job); /* an index into an axis without places */
    region_gather(&region, elements_of(arg_type(job, 0), &job->args[0], &place), job->to,
                  bytes_of(job));
}

/* The region of an EXTRACT or INSERT: the scalars are the arguments from 1 on. */
static struct region indexed(const struct job *job)
{
    const struct ir_inst *inst = job->inst;
    int64_t at[SHAPE_MAX_RANK] = {0};
    for (uint32_t i = 0, next = 0; i < inst->axes.len; i++)
        if (inst->axes.at[i].kind != AXIS_RANGE) {
            at[next] = job->args[1 + next].scalar.i;
            next++;
        }
    return region_indexed(&arg_type(job, 0)->shape, inst->axes.at, at);
}

static int64_t extent_of(const struct surroundings *cx, int64_t dim)
{
    return dim < 0 ? cx->extents[-1 - dim] : dim;
}

/* The elements that leading indexes name lie together: they are not copied. */
static void load(struct job *job)
{
    const struct surroundings *cx = job->cx;
    const struct shape *shape = &cx->prog->shared.at[job->inst->symbol].type.shape;
    int64_t place = 0, inner = shape_elements(&job->type->shape);
    bool is_empty = false;
    for (uint32_t i = 0; i < job->inst->args.len; i++) {
        int64_t extent = extent_of(cx, shape->dim[i]), at = job->args[i].scalar.i;
        is_empty |= extent <= 0;
        place = place * extent + (at < 0 ? 0 : at >= extent ? extent - 1 : at);
    }
    const char *from = cx->shared[job->inst->symbol];
    if (job->type->shape.rank == 0) {
        if (!is_empty)
            element_store(job->to, job->type->dtype, element_at(from, job->type->dtype, place));
    } else if (is_empty) {
        job->result.tensor = tensor_new(cx->pool, job->type);
        job->to = job->result.tensor->elements;
        clear(job);
    } else {
        job->result.tensor = tensor_borrow(cx->pool, from + place * inner * bytes_of(job));
    }
}

/* The same elements. */
static void reshape(struct job *job)
{
    if (job->type->shape.rank == 0 || arg_type(job, 0)->shape.rank == 0) {
        gather(job, region_whole(&arg_type(job, 0)->shape));
        return;
    }
    tensor_release(job->cx->pool, job->result.tensor);
    job->result.tensor = job->args[0].tensor;
    job->result.tensor->holders++;
}

static void iota(const struct job *job)
{
    for (int64_t i = 0; i < job->type->shape.dim[0]; i++)
        element_put(job->to, job->type->dtype, i, (union scalar){.i = i});
}

/* ---- elements made anew ---------------------------------------------------------------- */

static void elementwise(const struct job *job)
{
    const struct ir_inst *inst = job->inst;
    uint32_t last = inst->args.len - 1;
    enum dtype from = arg_type(job, last)->dtype, to = job->type->dtype;
    op_function *op = op_function_of(inst->op, from, to);
    const struct op_bodies *bodies = job->cx->prog->bodies;
    bool has_body = op_body_of(bodies, inst->op, from);
    int64_t count = shape_elements(&job->type->shape);
    for (int64_t i = 0; i < count; i++) {
        union scalar args[3] = {{.u = 0}, {.u = 0}, {.u = 0}};
        for (uint32_t a = 0; a <= last; a++)
            args[a] = element_at(arg_elements(job, a), arg_type(job, a)->dtype, i);
        element_put(job->to, to, i,
                    has_body ? op_eval_by(bodies, inst->op, from, to, args) : op(args));
    }
}

static void build(const struct job *job)
{
    size_t bytes = (size_t)shape_elements(&arg_type(job, 0)->shape) * bytes_of(job);
    for (uint32_t i = 0; i < job->inst->args.len; i++) {
        union scalar place = {.u = 0};
        memcpy((char *)job->to + i * bytes, elements_of(arg_type(job, i), &job->args[i], &place),
               bytes);
    }
}

static void concat(const struct job *job)
{
    uint8_t axis = job->inst->axis;
    int64_t first = 0;
    for (uint32_t i = 0; i < job->inst->args.len; i++) {
        int64_t count = arg_type(job, i)->shape.dim[axis];
        struct region region = region_part(&job->type->shape, axis, first, count);
        region_scatter(&region, arg_elements(job, i), job->to, bytes_of(job));
        first += count;
    }
}

/* In place if the old value ends here and nobody else has it. */
static void insert(struct job *job, bool is_last)
{
    const union slot *old = &job->args[0], *value = &job->args[job->inst->args.len - 1];
    const struct type *value_type = arg_type(job, job->inst->args.len - 1);
    struct region region = indexed(job);
    union scalar place = {.u = 0};
    bool in_place = is_last && tensor_is_writable(old->tensor);
    if (in_place) {
        job->result.tensor = old->tensor;
    } else {
        job->result.tensor = tensor_new(job->cx->pool, job->type);
        memcpy(job->result.tensor->elements, old->tensor->elements,
               (size_t)shape_elements(&job->type->shape) * bytes_of(job));
    }
    region_scatter(&region, elements_of(value_type, value, &place), job->result.tensor->elements,
                   bytes_of(job));
    if (is_last && !in_place)
        tensor_release(job->cx->pool, old->tensor);
}

static void take(const struct job *job)
{
    const struct shape *from = &arg_type(job, 0)->shape, *rows = &arg_type(job, 1)->shape;
    int64_t extent = from->dim[0], count = shape_elements(rows);
    if (extent == 0 || count == 0) {
        clear(job);
        return;
    }
    size_t bytes = (size_t)(shape_elements(from) / extent) * bytes_of(job);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = element_at(arg_elements(job, 1), arg_type(job, 1)->dtype, i).i;
        at = at < 0 ? 0 : at >= extent ? extent - 1 : at;
        memcpy((char *)job->to + (size_t)i * bytes,
               (const char *)arg_elements(job, 0) + (size_t)at * bytes, bytes);
    }
}

/* ---- reductions ------------------------------------------------------------------------ */

/* The operand with the axes of the set last, so that what is reduced together lies together. */
static struct tensor *axes_last(const struct job *job, uint32_t axis_set)
{
    const struct type *type = arg_type(job, 0);
    uint8_t perm[SHAPE_MAX_RANK], next = 0;
    for (int last = 0; last < 2; last++)
        for (uint8_t i = 0; i < type->shape.rank; i++)
            if ((int)(axis_set >> i & 1) == last)
                perm[next++] = i;
    struct region region = region_transpose(&type->shape, perm);
    struct tensor *moved = tensor_new(job->cx->pool, type);
    region_gather(&region, arg_elements(job, 0), moved->elements, dtype_table[type->dtype].bytes);
    return moved;
}

static int64_t reduced_count(const struct shape *shape, uint32_t axis_set)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        if (axis_set >> i & 1)
            count *= shape->dim[i];
    return count;
}

/* Both kinds of reduction, row by row. */
static void reduce(const struct job *job, uint32_t axis_set)
{
    const struct type *type = arg_type(job, 0);
    struct tensor_pool *pool = job->cx->pool;
    int64_t count = reduced_count(&type->shape, axis_set);
    int64_t rows = shape_elements(&job->type->shape);
    struct tensor *moved = axes_last(job, axis_set);
    for (int64_t row = 0; row < rows; row++) {
        pool->row.len = 0;
        for (int64_t i = 0; i < count; i++)
            vec_push(pool->arena, &pool->row,
                     element_at(moved->elements, type->dtype, row * count + i));
        union scalar value;
        if (job->inst->kind == INST_REDUCE)
            value = reduce_row(job->inst->op, type->dtype, pool->row.at, count);
        else
            value.i = arg_reduce_row(job->inst->op, type->dtype, pool->row.at, count);
        element_put(job->to, job->type->dtype, row, value);
    }
    tensor_release(pool, moved);
}

static int64_t product(const struct shape *shape, int first, int end)
{
    int64_t count = 1;
    for (int i = first; i < end; i++)
        count *= shape->dim[i];
    return count;
}

static void contract(const struct job *job)
{
    const struct shape *a = &arg_type(job, 0)->shape, *b = &arg_type(job, 1)->shape;
    int batch = job->inst->batch, inner = job->inst->inner;
    int64_t together = product(a, 0, batch), count = product(a, a->rank - inner, a->rank);
    int64_t a_rows = product(a, batch, a->rank - inner), b_rows = product(b, batch, b->rank - inner);
    enum dtype dtype = job->type->dtype;
    size_t bytes = (size_t)count * bytes_of(job);
    for (int64_t g = 0; g < together; g++)
        for (int64_t i = 0; i < a_rows; i++)
            for (int64_t j = 0; j < b_rows; j++) {
                int64_t a_row = g * a_rows + i, b_row = g * b_rows + j;
                const char *a_from = (const char *)arg_elements(job, 0) + (size_t)a_row * bytes;
                const char *b_from = (const char *)arg_elements(job, 1) + (size_t)b_row * bytes;
                element_put(job->to, dtype, a_row * b_rows + j,
                            contract_rows(dtype, a_from, b_from, count));
            }
}

/* ---- all ------------------------------------------------------------------------------- */

static void execute(struct job *job, bool is_last)
{
    const struct ir_inst *inst = job->inst;
    switch (inst->kind) {
    case INST_OP: elementwise(job); break;
    case INST_BROADCAST:
        gather(job, region_broadcast(&arg_type(job, 0)->shape, &job->type->shape));
        break;
    case INST_RESHAPE: reshape(job); break;
    case INST_TRANSPOSE:
        gather(job, region_transpose(&arg_type(job, 0)->shape, inst->perm));
        break;
    case INST_EXTRACT: gather(job, indexed(job)); break;
    case INST_LOAD: load(job); break;
    case INST_IOTA: iota(job); break;
    case INST_BUILD: build(job); break;
    case INST_CONCAT: concat(job); break;
    case INST_INSERT: insert(job, is_last); break;
    case INST_TAKE: take(job); break;
    case INST_REDUCE: reduce(job, inst->axis_set); break;
    case INST_ARG_REDUCE: reduce(job, UINT32_C(1) << inst->axis); break;
    case INST_CONTRACT: contract(job); break;
    case INST_EXTENT: job->place.i = job->cx->extents[inst->symbol]; break;
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW: break; /* the interpreter's own */
    }
}

/* INSERT and LOAD find a tensor of their own. */
static bool makes_tensor(const struct job *job)
{
    return job->type->shape.rank > 0 && job->inst->kind != INST_INSERT &&
           job->inst->kind != INST_LOAD;
}

union slot tensor_inst(const struct surroundings *cx, const struct ir_func *func,
                       const struct ir_inst *inst, const union slot *args, bool is_last)
{
    struct job job = {.cx = cx, .func = func, .inst = inst, .args = args};
    job.type = &func->values.at[inst->results.at[0]].type;
    job.to = &job.place;
    if (makes_tensor(&job)) {
        job.result.tensor = tensor_new(cx->pool, job.type);
        job.to = job.result.tensor->elements;
    }
    execute(&job, is_last);
    if (job.type->shape.rank == 0)
        job.result.scalar = element_load(&job.place, job.type->dtype);
    return job.result;
}
