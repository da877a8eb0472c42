/* Who calls whom in the typed program: what an entry reaches, and which functions take steps (L5).
 */
#ifndef ABCC_BUILD_CALLS_H
#define ABCC_BUILD_CALLS_H

#include "build/id_map.h"
#include "sema/typed.h"

typedef uint32_t node_id; /* of an instance, in order of discovery from exports and tests */

struct call_node {
    struct instance *instance;
    VEC(node_id) callees; /* each once, in the order of the text */
    bool has_loop;        /* in its own text */
    bool recursive;       /* it is in a cycle of calls */
    bool takes_steps; /* it may take a step while it runs: a loop, or a call of a recursive function
                       */
};

struct calls {
    struct arena *arena;
    struct id_map ids; /* of instances */
    VEC(struct call_node) nodes;
};

struct node_list {
    VEC(node_id) list;
};

void calls_init(struct calls *calls, struct arena *arena, const struct typed_prog *prog);
node_id calls_node(const struct calls *calls, const struct instance *instance);
/* What `from` reaches, itself first, callees in the order of the text. */
struct node_list calls_reach(const struct calls *calls, node_id from);

#endif
