/* NumPy's .npy files: one array, read from memory and written to a stream. Format: NumPy
 * Enhancement Proposal 1 and numpy/lib/format.py, versions 1.0, 2.0 and 3.0. */
#ifndef AB_IO_NPY_H
#define AB_IO_NPY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { NPY_MAX_RANK = 32, NPY_WHY_SIZE = 240, NPY_HEAD_SIZE = 1088 };

/* Elements: kind 'b' bool, 'i' signed, 'u' unsigned, 'f' float, 'c' complex (two floats); `bytes`
 * each. */
struct npy_type {
    char kind;
    uint8_t bytes;
};

struct npy_array {
    struct npy_type type;
    uint32_t rank;
    uint64_t extent[NPY_MAX_RANK];
    uint64_t count; /* product of the extents; 1 for rank 0 */
    void *data;     /* malloc'ed, row-major, in this machine's byte order; bools are 0 or 1 */
};

/* Reads the bytes of a file. 0 if fine; otherwise -1, *array is empty and `why` says what is wrong
 * with the file. Both byte orders and both memory orders are understood. */
int npy_parse(const void *bytes, size_t len, struct npy_array *array, char why[NPY_WHY_SIZE]);
void npy_free(struct npy_array *array);

/* What stands before the elements in a file of format version 1.0, row-major, in this machine's
 * byte order. The length, a multiple of 64. */
size_t npy_head(struct npy_type type, uint32_t rank, const uint64_t *extent,
                uint8_t head[NPY_HEAD_SIZE]);
/* That and the elements. 0, or -1 with errno. */
int npy_write(FILE *stream, struct npy_type type, uint32_t rank, const uint64_t *extent,
              const void *data);

#endif
