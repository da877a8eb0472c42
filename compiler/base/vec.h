/* A growing array in an arena: VEC(struct loc) places; vec_push(arena, &places, loc); places.at[i].
 * Elements may move when it grows: keep indexes, not pointers. */
#ifndef ABCC_BASE_VEC_H
#define ABCC_BASE_VEC_H

#include "base/arena.h"

#include <string.h>

#define VEC(type)          \
    struct {               \
        type *at;          \
        uint32_t len, cap; \
    }

void *vec_grow(struct arena *arena, void *at, uint32_t len, uint32_t *cap, size_t size);

#define vec_push(arena, v, value)                                                                  \
    ((v)->len == (v)->cap                                                                          \
         ? (void)((v)->at = vec_grow((arena), (v)->at, (v)->len, &(v)->cap, sizeof *(v)->at))      \
         : (void)0,                                                                                \
     (v)->at[(v)->len++] = (value))

/* Appends a zeroed element and gives its address (valid until the next push). */
#define vec_add(arena, v)                                                                          \
    ((v)->len == (v)->cap                                                                          \
         ? (void)((v)->at = vec_grow((arena), (v)->at, (v)->len, &(v)->cap, sizeof *(v)->at))      \
         : (void)0,                                                                                \
     memset(&(v)->at[(v)->len], 0, sizeof *(v)->at), &(v)->at[(v)->len++])

#define vec_pop(v) ((v)->at[--(v)->len])
#define vec_last(v) ((v)->at[(v)->len - 1])

#endif
