/* For test_io.py: reads an array or table and prints it, or writes an array.
 *
 *   io_tool npy FILE           kind, bytes, extents; then the elements in hexadecimal, row-major
 *   io_tool npz FILE NAME      the same
 *   io_tool csv FILE           one field a line, names first
 *   io_tool copy FROM TO       reads a .npy and writes it again
 *   io_tool pack FROM TO       reads a .npy and writes it twice into a .npz, as a and b.c */
#include "io/csv.h"
#include "io/npz.h"

#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, size_t *len)
{
    FILE *stream = fopen(path, "rb");
    char *bytes = stream ? malloc(1 << 20) : NULL;
    if (!bytes) {
        perror(path);
        exit(2);
    }
    *len = fread(bytes, 1, 1 << 20, stream);
    fclose(stream);
    return bytes;
}

static int print_array(struct npy_array *array)
{
    printf("%c%d", array->type.kind, array->type.bytes);
    for (uint32_t i = 0; i < array->rank; i++)
        printf(" %llu", (unsigned long long)array->extent[i]);
    printf("\n");
    for (uint64_t i = 0; i < array->count * array->type.bytes; i++)
        printf("%02x", ((const unsigned char *)array->data)[i]);
    printf("\n");
    npy_free(array);
    return 0;
}

static int refuse(const char *why)
{
    printf("refused: %s\n", why);
    return 1;
}

static int print_table(const char *bytes, size_t len)
{
    struct csv_table table;
    struct csv_error error;
    if (csv_parse(bytes, len, &table, &error)) {
        printf("refused at %zu: %s\n", error.offset, error.why);
        return 1;
    }
    for (size_t i = 0; i < table.columns * (table.rows + 1); i++)
        printf("[%s]%s", table.names[i].chars, (i + 1) % table.columns ? " " : "\n");
    csv_free(&table);
    return 0;
}

static int write_copy(const char *to, struct npy_array *array, int packed)
{
    FILE *stream = fopen(to, "wb");
    struct zip_writer writer = {.stream = stream};
    int status = stream ? 0 : 2;
    if (!status && !packed)
        status = npy_write(stream, array->type, array->rank, array->extent, array->data);
    for (int i = 0; !status && packed && i < 2; i++)
        status = npz_add(&writer, i ? "b.c" : "a", array->type, array->rank, array->extent,
                         array->data);
    if (packed && stream && zip_finish(&writer))
        status = 2;
    npy_free(array);
    return stream && !fclose(stream) ? status : 2;
}

int main(int count, char **words)
{
    char why[NPY_WHY_SIZE] = "";
    struct npy_array array;
    size_t len;
    if (count < 3)
        return 2;
    char *bytes = read_file(words[2], &len);
    int is_csv = !strcmp(words[1], "csv"), is_npz = !strcmp(words[1], "npz");
    int status = is_csv ? print_table(bytes, len)
                 : is_npz ? npz_parse(bytes, len, count > 3 ? words[3] : "", &array, why)
                          : npy_parse(bytes, len, &array, why);
    free(bytes);
    if (is_csv)
        return status;
    if (status)
        return refuse(why);
    if (!strcmp(words[1], "copy") || !strcmp(words[1], "pack"))
        return write_copy(words[3], &array, !strcmp(words[1], "pack"));
    return print_array(&array);
}
