/*
 * Reading the body of POST /v1/rtp: objects by tables of a name and who takes it, and the words
 * that streams and the whole have in common. 0, or -EBADMSG with the reason in `why`.
 */
#ifndef SIDETONE_HTTP_RTP_READ_H
#define SIDETONE_HTTP_RTP_READ_H

#include "rtp_body.h"

struct rtp_read {
    struct rtp_body *body;
    char *why;
    enum st_media_source_mode mode;
    bool is_stereo; /* of an SDP's line with two channels */
    enum st_role roles[ST_CHANNELS_MAX];
    unsigned role_count;
    json_t *streams, *sdp;
    /* the stream under way */
    struct st_rtp_sdp_media *media;
    struct st_rtp_session_line *line;
    unsigned next_channel;
};

typedef int (*rtp_read_fn)(struct rtp_read *read, json_t *value);

struct rtp_read_member {
    const char *name;
    rtp_read_fn take;
};

int rtp_read_refuse(struct rtp_read *read, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Members end with one without a name. */
int rtp_read_members(struct rtp_read *read, json_t *object, const struct rtp_read_member *members,
                     const char *what);

int rtp_read_text(struct rtp_read *read, json_t *value, const char *name, const char **ret_text);
int rtp_read_number(struct rtp_read *read, json_t *value, const char *name, int64_t min,
                    int64_t max, int64_t *ret_number);
int rtp_read_bool(struct rtp_read *read, json_t *value, const char *name, bool *ret_bool);
int rtp_read_mode(struct rtp_read *read, json_t *value, enum st_media_source_mode *ret_mode);
int rtp_read_role(struct rtp_read *read, json_t *value, enum st_role *ret_role);
int rtp_read_roles(struct rtp_read *read, json_t *value); /* one or two, into it */

/* Gives the line under way its channels, which go in order, two to a stereo stream. */
int rtp_read_channels(struct rtp_read *read, bool is_stereo);

/* A stream that is described, as the next line of the offer that it stands for. */
int rtp_read_stream(struct rtp_read *read, json_t *value);

#endif
