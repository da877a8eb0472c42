/* All diagnostics of a command as one SARIF 2.1.0 file (OASIS standard), for code hosts and
 * editors. */
#ifndef ABCC_DRIVER_SARIF_H
#define ABCC_DRIVER_SARIF_H

#include "driver/command.h"

/* Writes the file that --sarif names. False if that failed (reported). */
bool sarif_write(struct command *command);

#endif
