/* abcc info: what a report about abcc should say. */
#include "driver/toolchain.h"

#include <string.h>

int verb_info(struct command *command)
{
    struct toolchain toolchain;
    const char *cpu = toolchain_cpu(command->arena), *cache = cache_directory(command);
    printf("version     abcc " ABCC_VERSION "\n");
    printf("machine     %.*s\n", (int)strcspn(cpu, ":"), cpu);
    int code = toolchain_find(command, &toolchain);
    if (!code) {
        printf("C compiler  %s: %s\n", toolchain_name(command->arena, &toolchain), toolchain.path);
        printf("            because: %s\n", toolchain.why);
        printf("            mode of run: %s\n",
               toolchain.has_vectors ? "batched"
                                     : "scalar, which is faster without vector types "
                                       "(clang >= 16); --mode=batched runs arrays of lanes");
        printf("            flags:");
        for (uint32_t i = 0; i < toolchain.flags.len; i++)
            printf(" %s", toolchain.flags.at[i]);
        printf("\n");
    } else {
        printf("C compiler  none\n");
    }
    printf("cache       %s\n", cache ? cache : "none: HOME and XDG_CACHE_HOME are not set");
    return code;
}
