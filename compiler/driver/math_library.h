/* The operations that runtime/std/math.ab gives a body. */
#ifndef ABCC_DRIVER_MATH_LIBRARY_H
#define ABCC_DRIVER_MATH_LIBRARY_H

#include "driver/command.h"
#include "ir/ir.h"

/* Sets prog->bodies if the program has an operation that may have a body. */
void math_library_use(struct command *command, struct ir_prog *prog);

#endif
