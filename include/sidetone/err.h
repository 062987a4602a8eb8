/*
 * Error numbers as text.
 *
 * Functions return 0 or a count on success and a negative errno on failure; libuv's codes are
 * the same numbers. -EINVAL: the caller's fault; -EBADMSG: cannot be parsed; -EPROTO: the peer
 * broke its protocol; -ENOBUFS: a limit of ours was reached; -ETIMEDOUT; -ECANCELED.
 */
#ifndef SIDETONE_ERR_H
#define SIDETONE_ERR_H

/* Static text for a negative errno or libuv code; never NULL. Any thread. */
const char *st_err_text(int err);

#endif
