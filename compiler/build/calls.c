#include "build/calls.h"

#include "base/bitset.h"
#include "build/walk.h"

#include <string.h>

struct scan {
    struct calls *calls;
    node_id caller;
};

static node_id node_of(struct calls *calls, struct instance *instance)
{
    uint32_t id;
    if (!id_map_get(&calls->ids, id_map_key(instance, 0), &id)) {
        id = calls->nodes.len;
        id_map_put(&calls->ids, id_map_key(instance, 0), id);
        vec_add(calls->arena, &calls->nodes)->instance = instance;
    }
    return id;
}

static void scan_expr(void *user, const struct typed_expr *expr)
{
    struct scan *scan = user;
    if (expr->kind != TX_CALL)
        return;
    node_id callee = node_of(scan->calls, expr->callee);
    struct call_node *caller = &scan->calls->nodes.at[scan->caller];
    for (uint32_t i = 0; i < caller->callees.len; i++)
        if (caller->callees.at[i] == callee)
            return;
    vec_push(scan->calls->arena, &caller->callees, callee);
}

static void scan_stmt(void *user, const struct typed_stmt *stmt)
{
    struct scan *scan = user;
    if (stmt->kind == TS_WHILE || (stmt->kind == TS_FOR && !stmt->is_uncounted))
        scan->calls->nodes.at[scan->caller].has_loop = true;
}

struct node_list calls_reach(const struct calls *calls, node_id from)
{
    struct node_list reached = {0};
    struct bitset seen = bitset_new(calls->arena, calls->nodes.len);
    bitset_add(&seen, from);
    vec_push(calls->arena, &reached.list, from);
    for (uint32_t i = 0; i < reached.list.len; i++) {
        const struct call_node *node = &calls->nodes.at[reached.list.at[i]];
        for (uint32_t c = 0; c < node->callees.len; c++)
            if (bitset_add(&seen, node->callees.at[c]))
                vec_push(calls->arena, &reached.list, node->callees.at[c]);
    }
    return reached;
}

static bool calls_itself(const struct calls *calls, node_id id)
{
    struct node_list reached = calls_reach(calls, id);
    for (uint32_t i = 0; i < reached.list.len; i++) {
        const struct call_node *node = &calls->nodes.at[reached.list.at[i]];
        for (uint32_t c = 0; c < node->callees.len; c++)
            if (node->callees.at[c] == id)
                return true;
    }
    return false;
}

/* A member of a cycle calls a recursive function, so callees alone decide. */
static bool may_step(const struct calls *calls, node_id id)
{
    struct node_list reached = calls_reach(calls, id);
    for (uint32_t i = 0; i < reached.list.len; i++) {
        const struct call_node *node = &calls->nodes.at[reached.list.at[i]];
        if (node->has_loop || node->recursive)
            return true;
    }
    return false;
}

void calls_init(struct calls *calls, struct arena *arena, const struct typed_prog *prog)
{
    *calls = (struct calls){.arena = arena};
    id_map_init(&calls->ids, arena);
    for (uint32_t i = 0; i < prog->exports.len; i++)
        node_of(calls, prog->exports.at[i]);
    for (uint32_t i = 0; i < prog->tests.len; i++)
        node_of(calls, prog->tests.at[i]);
    for (node_id id = 0; id < calls->nodes.len; id++) {
        struct scan scan = {calls, id};
        walk_block(&(struct walk){&scan, scan_stmt, scan_expr}, calls->nodes.at[id].instance->body);
    }
    for (node_id id = 0; id < calls->nodes.len; id++)
        calls->nodes.at[id].recursive = calls_itself(calls, id);
    for (node_id id = 0; id < calls->nodes.len; id++)
        calls->nodes.at[id].takes_steps = may_step(calls, id);
}

node_id calls_node(const struct calls *calls, const struct instance *instance)
{
    uint32_t id = 0;
    id_map_get(&calls->ids, id_map_key(instance, 0), &id);
    return id;
}
