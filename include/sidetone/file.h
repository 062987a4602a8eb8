/* Whole files. Blocks: not on a loop thread. */
#ifndef SIDETONE_FILE_H
#define SIDETONE_FILE_H

#include <stddef.h>

/* A regular file's bytes, NUL-terminated; free them, and wipe them when they are secret. 0, -EFBIG,
 * -EINVAL when it is no regular file, or an errno. */
int st_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes);

#endif
