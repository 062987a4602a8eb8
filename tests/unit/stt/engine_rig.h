/* A remote engine's stream without a session: what it says and sends is noted. */
#ifndef SIDETONE_TESTS_ENGINE_RIG_H
#define SIDETONE_TESTS_ENGINE_RIG_H

#include "sidetone/config.h"
#include "sidetone/engine.h"

extern struct st_engine *rig_engine;
extern struct st_engine_stream *rig_stream;
extern char rig_why[256];         /* of a failed load */
extern char rig_sent[8192];       /* text messages since the last expect_sent, a line each */
extern size_t rig_binary;         /* messages */
extern size_t rig_binary_bytes;   /* of the last */
extern int16_t rig_samples[4800]; /* of the last, as it was */
extern int64_t rig_lag_us, rig_settled_us[ST_ENGINE_CHANNELS_MAX];

/* Settings of the next load: type, name, url and key are there already. */
extern struct st_config_remote_engine rig_remote;
/* Of the next open: 8 kHz, one channel, "en-US", partials wanted. */
extern struct st_engine_stream_config rig_config;

void rig_reset(const struct st_engine_ops *ops, const char *url);
int rig_load(void);
int rig_open(void); /* loads first when needed */
void rig_close(void);
void rig_reopen(void); /* by the settings as they are now; it must be possible */

const struct st_engine_target *rig_target(void); /* until its next call */
/* With more hints than go into one, the address stays within what servers take. */
void rig_check_hints(void);

/* 100 ms each of every channel; sample i of channel c is 100 c + i. */
int rig_put(unsigned chunks);
int rig_put_samples(uint32_t count);
int rig_answer(const char *text);

/* What was said since the last time: "p1@0-500:text " or, of a final, "F1@0-500:text/words "; of
 * channel 1 with a b in front; then "(es)" for its language. "!entity:NAME:1@0-500 " for what the
 * vendor found in segment 1. And "done ", "failed:throttled:… ". */
void rig_expect(const char *text);
void rig_expect_sent(const char *lines);

/* What the engine must make of an end. Its text, which never has the key in it, is in rig_what. */
struct rig_end {
    uint16_t http_status, ws_code;
    const char *reason;
    enum st_engine_trouble trouble;
};
void rig_check_end(const struct rig_end *end);
extern char rig_what[256];

#endif
