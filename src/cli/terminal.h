/* What the program's output goes to. */
#ifndef SIDETONE_CLI_TERMINAL_H
#define SIDETONE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A terminal that understands cursor movement. Also sets up character widths. */
bool st_terminal_is(FILE *stream);
bool st_terminal_wants_color(FILE *stream); /* and NO_COLOR is not set */
size_t st_terminal_columns(FILE *stream);   /* 80 when unknown */
size_t st_terminal_rows(FILE *stream);      /* 24 when unknown */

#endif
