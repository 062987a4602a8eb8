/*
 * SIP messages: heads are parsed and built by libosip2, bodies are ours.
 *
 * libosip2 is given the head alone, without what describes the body: it refuses a whole message
 * for a multipart body without its last boundary, which vendors send.
 */
#ifndef SIDETONE_SIPREC_MESSAGE_H
#define SIDETONE_SIPREC_MESSAGE_H

#include "sidetone/siprec.h"

#include <osipparser2/osip_message.h>

enum { SIP_HEAD_MAX = 16384, SIP_LINES_MAX = 256, SIP_TYPE_MAX = 256 };

/* What is known of a message before it is parsed. */
struct sip_frame {
    size_t head_bytes; /* with the empty line */
    bool has_length;
    size_t length; /* of the body, as told */
};

/* 1; 0: the head has not ended yet; -EMSGSIZE: it is too long; -EBADMSG: it holds a NUL, or its
 * lengths are none or contradict each other. `scanned` bytes are known to hold no end. */
int sip_frame_find(struct sip_frame *ret_frame, const char *data, size_t bytes, size_t scanned);

struct sip_message {
    osip_message_t *sip;
    char content_type[SIP_TYPE_MAX]; /* as written; "" */
    const char *body;                /* borrowed from what was parsed */
    size_t body_bytes;
    bool is_truncated;
};

/* Must be called once before anything is parsed; any number of times. */
void sip_message_set_up(void);

/* 0; -EBADMSG; as sip_frame_find. */
int sip_message_parse(struct sip_message *ret_message, const char *data, size_t bytes);
void sip_message_fini(struct sip_message *message);

bool sip_message_is(const struct sip_message *message, const char *method);

/* A header that libosip2 does not read itself, regardless of case; NULL past the last. */
const char *sip_message_header(const struct sip_message *message, const char *name, unsigned index);
/* Whether one of a list of words, by the header's long or short name (NULL: none). */
bool sip_message_has_word(const struct sip_message *message, const char *name, const char *compact,
                          const char *word);
/* The value of the tag or another parameter; "" without. */
const char *sip_message_from_tag(const struct sip_message *message);
const char *sip_message_to_tag(const struct sip_message *message);
uint32_t sip_message_cseq(const struct sip_message *message);
/* Whether the body is compressed, or otherwise not what its type says. */
bool sip_message_is_encoded(const struct sip_message *message);

/* ---- building ---- */

/* A reply with what it has to repeat of the request; `to_tag` NULL: none of ours. */
osip_message_t *sip_reply_begin(const struct sip_message *request,
                                const struct st_siprec_peer *peer, int status, const char *to_tag);
/* Of any length: what was taken as a head fits into another. */
void sip_add(osip_message_t *sip, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sip_set_body(osip_message_t *sip, const char *content_type, const char *body, size_t bytes);
/* A message as it is sent, to be freed; NULL when it cannot be built. */
struct sip_text {
    char *at;
    size_t bytes;
};

struct sip_text sip_take_text(osip_message_t *take_sip);

#endif
