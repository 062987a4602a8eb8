/*
 * The frames of Azure's speech protocol: headers and a body in one WebSocket message.
 *
 *   text     "Path: speech.phrase\r\nX-RequestId: …\r\n\r\n{…}"
 *   binary   the length of the headers in two bytes, big-endian; the headers; the body
 *
 * Names are read in any case, unknown headers passed over. -EPROTO: headers of more than 4 KiB or
 * that are no headers, a length beyond the message, no Path or one of more than 47 characters.
 */
#ifndef SIDETONE_STT_AZURE_FRAME_H
#define SIDETONE_STT_AZURE_FRAME_H

#include "sidetone/json_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_AZURE_PATH_BYTES = 48, ST_AZURE_ID_BYTES = 33 };

struct st_azure_frame {
    char path[ST_AZURE_PATH_BYTES];     /* in lower case */
    char request_id[ST_AZURE_ID_BYTES]; /* in upper case and without dashes; "": none */
    const void *body;                   /* borrows the message */
    size_t body_bytes;
};

int st_azure_frame_read(struct st_azure_frame *ret_frame, const void *data, size_t bytes,
                        bool is_binary);

/* Writes a frame into an empty writer. `type`: its Content-Type; NULL: none. */
struct st_azure_frame_out {
    const char *path;
    const char *request_id;
    const char *type;
    int64_t unix_ms;
};

void st_azure_frame_text(struct st_json_writer *out, const struct st_azure_frame_out *frame,
                         const char *body, size_t body_bytes);
void st_azure_frame_binary(struct st_json_writer *out, const struct st_azure_frame_out *frame,
                           const void *body, size_t body_bytes);

#endif
