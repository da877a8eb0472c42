#include "driver/command.h"

int main(int count, char **words)
{
    return command_main(count - 1, words + 1);
}
