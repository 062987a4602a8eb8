/* What a TLS certificate says, for whoever has to judge it. */
#ifndef SIDETONE_CERTIFICATE_H
#define SIDETONE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct st_certificate {
    char subject[128];
    char issuer[128];
    char names[512]; /* hosts and addresses it is for, "a, b"; "" when it names none */
    bool is_self_signed;
    int64_t not_before_unix_s;
    int64_t not_after_unix_s;
};

typedef void (*st_certificate_fn)(void *user, const struct st_certificate *certificate);

/* Reads the first certificate of a PEM file and holds it against the key. A negative errno of the
 * files, -EBADMSG when one of them holds no such thing or the two do not belong together;
 * `ret_why` says which. Reads files: any thread that may block. */
int st_certificate_read(struct st_certificate *ret_certificate, const char *certificate_file,
                        const char *key_file, char *ret_why, size_t why_bytes);

/* Every certificate of a PEM file in turn, as trusted authorities are given. How many there are, at
 * least one; errors as above, also when one of them is broken. */
ssize_t st_certificate_each(const char *file, st_certificate_fn see, void *user, char *ret_why,
                            size_t why_bytes);

#endif
