#include "terminal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool st_terminal_is(FILE *stream)
{
    const char *kind = getenv("TERM");
    setlocale(LC_CTYPE, "");
    return isatty(fileno(stream)) && kind && kind[0] && strcmp(kind, "dumb") != 0;
}

bool st_terminal_wants_color(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");
    return st_terminal_is(stream) && !(refused && refused[0]);
}

size_t st_terminal_columns(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

size_t st_terminal_rows(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return 24;
}
