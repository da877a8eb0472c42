/* NumPy's .npz files: a ZIP archive of .npy files, NAME.npy each (PKWARE's APPNOTE.TXT, without
 * compression and below 4 GiB, as numpy.savez writes it). */
#ifndef AB_IO_NPZ_H
#define AB_IO_NPZ_H

#include "io/npy.h"

struct npz_entry;

/* Zeroed but for the stream. */
struct npz_writer {
    FILE *stream;
    struct npz_entry *entries;
    size_t count;
    uint64_t offset;
};

/* 0, or -1 with errno (EFBIG: 4 GiB or more). */
int npz_add(struct npz_writer *writer, const char *name, struct npy_type type, uint32_t rank,
            const uint64_t *extent, const void *data);
/* Writes the directory and frees what the writer holds, in any case. */
int npz_finish(struct npz_writer *writer);

/* The array of one name. As npy_parse. */
int npz_parse(const void *bytes, size_t len, const char *name, struct npy_array *array,
              char why[NPY_WHY_SIZE]);

#endif
