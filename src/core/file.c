#include "sidetone/file.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, size_t bytes_max, char **ret_text, size_t *ret_bytes)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return -errno;
    if (!S_ISREG(file.st_mode))
        return -EINVAL;
    char *text = st_mem_alloc(bytes_max + 2);
    size_t len = 0;
    ssize_t n;
    while (len <= bytes_max && (n = read(fd, text + len, bytes_max + 1 - len)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int err = -errno;
            free(text);
            return err;
        }
        len += (size_t)n;
    }
    if (len > bytes_max) {
        OPENSSL_cleanse(text, len);
        free(text);
        return -EFBIG;
    }
    text[len] = '\0';
    *ret_text = text;
    *ret_bytes = len;
    return 0;
}

int st_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes)
{
    /* A pipe that nobody writes to must not hold us up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int err = read_all(fd, bytes_max, ret_text, ret_bytes);
    close(fd);
    return err;
}
