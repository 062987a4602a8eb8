/*
 * A sink that writes down, one line each, what a dialect tells it, and ends the program when the
 * dialect breaks its contract (media before start or after stop, two stops, empty media, …).
 */
#ifndef SIDETONE_TESTS_INGEST_RECORDER_H
#define SIDETONE_TESTS_INGEST_RECORDER_H

#include "sidetone/config.h"
#include "sidetone/ingest.h"

struct recorder {
    char log[65536]; /* lines ended by LF; what does not fit is left out */
    size_t len;
    bool is_silent; /* counts only */
    int start_result;
    bool is_started, is_stopped;
    enum st_ingest_end end;
    unsigned starts, medias, transcripts, sends, ignored;
    char call_id[130];
    size_t media_bytes[ST_CHANNELS_MAX];
    int result; /* of the last message fed */
    struct st_ingest_close close;
    struct st_config_route route;
    struct st_dialect_config config;
    const struct st_dialect_ops *ops;
    struct st_dialect *dialect;
};

/* A fresh dialect on a fresh recorder; inbound as in the route's configuration. */
void recorder_open(struct recorder *recorder, const char *dialect, enum st_role inbound);
/* Likewise with the upgrade's query and headers; the route's other options may have been set. */
void recorder_reopen(struct recorder *recorder, const char *dialect, const char *query,
                     const char *const *headers);
void recorder_close(struct recorder *recorder);

/* Feeds one message from memory of exactly its size. Returns what receive returned; another
 * result than 0 is written down too. */
int recorder_feed(struct recorder *recorder, const void *data, size_t bytes, bool is_binary);
int recorder_feed_text(struct recorder *recorder, const char *text);
void recorder_lose(struct recorder *recorder);

#endif
