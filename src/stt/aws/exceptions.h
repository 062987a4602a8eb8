/* What the service means by an exception, and what to do about it. */
#ifndef SIDETONE_STT_AWS_EXCEPTIONS_H
#define SIDETONE_STT_AWS_EXCEPTIONS_H

#include "sidetone/engine.h"

struct st_aws_exception {
    const char *name;     /* "BadRequestException"; what stands behind a ':' or before a '#' does
                             not count */
    const char *message;  /* the service's; "" */
    unsigned http_status; /* 0: in a stream that had begun */
};

/* The service's message is part of the text only where it holds no signature and no token. */
enum st_engine_trouble st_aws_exception_judge(const struct st_aws_exception *exception,
                                              char *ret_what, size_t what_bytes);

/* Those that newer credentials may cure. */
bool st_aws_exception_is_expiry(const char *name);
/* Those that the right time may cure. */
bool st_aws_exception_is_clock(const char *name);

/* The "Message" in its JSON, "" when there is none, as printable text. */
void st_aws_exception_message(const void *data, size_t bytes, char *out, size_t out_bytes);

#endif
