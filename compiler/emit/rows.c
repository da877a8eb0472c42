/* Tensors that move: whole rows of homes and frames, for the lanes of a mask.
 *
 * What an edge, a call or a return moves, it moves at once: f(b, a) inside f(a, b) exchanges the
 * two. So a row is written when no other move still has to read it; what is left then are
 * cycles, which go round element by element. */
#include "emit/gang.h"

#include <inttypes.h>

static uint64_t elements_of(const struct piece_cx *cx, value_id value)
{
    return (uint64_t)shape_elements(&cx->ir->values.at[value].type.shape);
}

void rows_move(struct piece_cx *cx, struct row_moves *moves, uint32_t to, value_id from)
{
    struct row_move move = {to, gang_home(cx, from), elements_of(cx, from)};
    if (move.to != move.from && move.elements > 0)
        vec_push(cx->arena, moves, move);
}

/* "&s->h_x[0][0], 104, 1": where the elements are, the step from lane to lane and from element
 * to element. */
static const char *steps_text(struct piece_cx *cx, const struct plan_home *home)
{
    if (home->by_columns)
        return arena_printf(cx->arena, "&s->%s[0][0], 1, AB_LANES", home->name);
    return arena_printf(cx->arena, "&s->%s[0][0], %" PRIu64 ", 1", home->name,
                        plan_row_stride(home->dtype, home->elements));
}

static void put_copy(struct piece_cx *cx, const struct row_move *move, const char *m)
{
    const struct plan_home *to = &cx->entry->homes.at[move->to];
    const struct plan_home *from = &cx->entry->homes.at[move->from];
    const char *dtype = dtype_table[to->dtype].name;
    if (to->by_columns && from->by_columns)
        text_printf(cx->out, "columns_copy_%s(%s, &s->%s[0][0], &s->%s[0][0], %" PRIu64 ");\n",
                    dtype, m, to->name, from->name, move->elements);
    else if (to->by_columns || from->by_columns)
        text_printf(cx->out, "rows_turn_%s(%s, %s, %s, %" PRIu64 ");\n", dtype, m,
                    steps_text(cx, to), steps_text(cx, from), move->elements);
    else
        text_printf(cx->out,
                    "rows_copy(%s, s->%s, sizeof s->%s[0], s->%s, sizeof s->%s[0], %" PRIu64
                    ");\n", m, to->name, to->name, from->name, from->name,
                    move->elements * dtype_table[to->dtype].bytes);
}

/* Is the row that a move writes read by another one? */
static bool is_read(const struct row_moves *moves, uint32_t index)
{
    for (uint32_t i = 0; i < moves->len; i++)
        if (i != index && moves->at[i].from == moves->at[index].to)
            return true;
    return false;
}

static void drop(struct row_moves *moves, uint32_t index)
{
    for (uint32_t i = index + 1; i < moves->len; i++)
        moves->at[i - 1] = moves->at[i];
    moves->len--;
}

/* Takes the move into a row from the list. */
static struct row_move take_move_into(struct row_moves *moves, uint32_t to)
{
    uint32_t at = 0;
    while (moves->at[at].to != to)
        at++;
    struct row_move move = moves->at[at];
    drop(moves, at);
    return move;
}

static const char *element_text(struct piece_cx *cx, uint32_t id)
{
    const struct plan_home *home = &cx->entry->homes.at[id];
    return arena_printf(cx->arena, home->by_columns ? "s->%s[i][lane]" : "s->%s[lane][i]",
                        home->name);
}

/* a <- b, b <- c, c <- a. All rows of a cycle have room for each other's elements. */
static void put_cycle(struct piece_cx *cx, struct row_moves *moves, const char *m)
{
    uint32_t first = moves->at[0].to;
    const struct plan_home *home = &cx->entry->homes.at[first];
    struct row_moves cycle = {0};
    uint64_t most = 0;
    for (uint32_t to = first; cycle.len == 0 || to != first;) {
        struct row_move move = take_move_into(moves, to);
        vec_push(cx->arena, &cycle, move);
        most = move.elements > most ? move.elements : most;
        to = move.from;
    }
    text_printf(cx->out, "AB_EACH(lane, %s)\n    for (size_t i = 0; i < %" PRIu64 "; i++) {\n", m,
                most);
    cx->out->indent += 2;
    text_printf(cx->out, "const %s first = %s;\n", dtype_table[home->dtype].c_name,
                element_text(cx, first));
    for (uint32_t i = 0; i + 1 < cycle.len; i++)
        text_printf(cx->out, "%s = %s;\n", element_text(cx, cycle.at[i].to),
                    element_text(cx, cycle.at[i].from));
    text_printf(cx->out, "%s = first;\n", element_text(cx, cycle.at[cycle.len - 1].to));
    cx->out->indent -= 2;
    text_put(cx->out, "    }\n");
}

void rows_emit(struct piece_cx *cx, struct row_moves *moves, const char *m)
{
    while (moves->len) {
        uint32_t next = 0;
        while (next < moves->len && is_read(moves, next))
            next++;
        if (next == moves->len) {
            put_cycle(cx, moves, m);
            continue;
        }
        put_copy(cx, &moves->at[next], m);
        drop(moves, next);
    }
}

void rows_along_edge(struct piece_cx *cx, const struct ir_edge *edge, const char *m)
{
    const struct ir_block *to = &cx->ir->blocks.at[edge->to];
    struct row_moves moves = {0};
    for (uint32_t i = 0; i < to->params.len; i++)
        if (plan_is_tensor(cx->ir, to->params.at[i])
            && bitset_has(&cx->func->used_values, to->params.at[i]))
            rows_move(cx, &moves, gang_home(cx, to->params.at[i]), edge->args.at[i]);
    rows_emit(cx, &moves, m);
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* The row of a tensor in the frame, as the prelude's rows_push and rows_pop want it. */
static const char *frame_text(struct piece_cx *cx, uint32_t word)
{
    const char *row = cx->entry->stacks.at[cx->func->stack].words.at[word].name;
    return arena_printf(cx->arena, "s->%s, sizeof s->%s[0][0]", row, row);
}

static const char *home_text(struct piece_cx *cx, value_id value)
{
    const char *row = cx->entry->homes.at[gang_home(cx, value)].name;
    return arena_printf(cx->arena, "s->%s, sizeof s->%s[0]", row, row);
}

static uint64_t bytes_of(const struct piece_cx *cx, value_id value)
{
    return elements_of(cx, value) * dtype_table[cx->ir->values.at[value].type.dtype].bytes;
}

void rows_push_frame(struct piece_cx *cx, const struct plan_place *place, const char *depth,
                     const char *m)
{
    text_printf(cx->out, "rows_push(%s, %s, s->%s, %s, %" PRIu64 ");\n", m,
                frame_text(cx, place->index), depth, home_text(cx, place->value),
                bytes_of(cx, place->value));
}

void rows_arrive(struct piece_cx *cx, const struct plan_place *place)
{
    if (place->kind == PLACE_FRAME) {
        text_printf(cx->out, "rows_pop(m, %s, %s, s->%s, %" PRIu64 ");\n",
                    home_text(cx, place->value), frame_text(cx, place->index),
                    depth_row(cx->arena, cx->entry, cx->func->stack), bytes_of(cx, place->value));
        return;
    }
    struct row_move move = {gang_home(cx, place->value), place->index,
                            elements_of(cx, place->value)};
    if (move.to != move.from)
        put_copy(cx, &move, "m");
}
