/* NumPy's .npz files: a ZIP archive of .npy files, NAME.npy each, as numpy.savez and
 * numpy.savez_compressed write it. */
#ifndef AB_IO_NPZ_H
#define AB_IO_NPZ_H

#include "io/npy.h"
#include "io/zip.h"

/* Adds an array to an archive, without compression. 0, or -1 with errno. */
int npz_add(struct zip_writer *writer, const char *name, struct npy_type type, uint32_t rank,
            const uint64_t *extent, const void *data);

/* The array of one name. As npy_parse. */
int npz_parse(const void *bytes, size_t len, const char *name, struct npy_array *array,
              char why[NPY_WHY_SIZE]);

#endif
