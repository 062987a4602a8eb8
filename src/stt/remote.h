/*
 * What engines elsewhere have in common: their entry in `engines.remote` checked, addresses made of
 * it, texts sent there.
 *
 * Checks return 0, or a negative errno with `ret_why` filled: what is wrong with which engine, and
 * what to do. Keys are in none of the texts.
 */
#ifndef SIDETONE_STT_REMOTE_H
#define SIDETONE_STT_REMOTE_H

#include "sidetone/engine.h"
#include "sidetone/json_writer.h"

#include <stdbool.h>
#include <stddef.h>

struct st_config_remote_engine;

/* Its parameters are "name=value" of these names (NULL-terminated). */
int st_remote_check_parameters(const struct st_config_remote_engine *remote,
                               const char *const *names, char *ret_why, size_t why_bytes);
/* There is a key, fit for a header. `where` says where people get one. */
int st_remote_check_key(const struct st_config_remote_engine *remote, const char *where,
                        char *ret_why, size_t why_bytes);
/* Likewise, but a server of one's own may want none, and an address may have a token in it. */
int st_remote_check_own_key(const struct st_config_remote_engine *remote, const char *where,
                            char *ret_why, size_t why_bytes);
/* `url`, or when it is empty `vendor_url`, is a WebSocket address; NULL as vendor_url: it must be
 * configured. */
int st_remote_check_url(const struct st_config_remote_engine *remote, const char *vendor_url,
                        const char **ret_url, char *ret_why, size_t why_bytes);

/* The file of trusted certificates; NULL: the system's. Borrowed from the configuration. */
const char *st_remote_ca_file(const struct st_config_remote_engine *remote);
/* The value of the last parameter of that name; NULL: not given. Borrowed from the configuration.
 */
const char *st_remote_parameter(const struct st_config_remote_engine *remote, const char *name);
/* Likewise "true" or "false"; -EINVAL for anything else. */
int st_remote_check_flag(const struct st_config_remote_engine *remote, const char *name,
                         bool *ret_value, char *ret_why, size_t why_bytes);

/* Scheme, host and port of a checked address: a path, a query or a user's name may be a secret. */
void st_remote_show_url(const char *url, char *out, size_t out_bytes);

/* An address is written by the writer as a plain buffer, without a NUL: first itself, with `path`
 * if it has none of its own, then a query of percent-encoded values. */
void st_remote_begin_url(struct st_json_writer *url, const char *address, const char *path);
/* Whether hints of that length may still go in: too long an address is refused, and the call with
 * it. */
bool st_remote_has_room(const struct st_json_writer *url, size_t bytes);
void st_remote_add_query(struct st_json_writer *url, const char *name, const char *value);
/* Every parameter as it was given, but those of these names (NULL-terminated). */
void st_remote_add_parameters(struct st_json_writer *url,
                              const struct st_config_remote_engine *remote, const char *const *but);
/* Ends it with a NUL. Borrowed from the writer. */
const char *st_remote_end_url(struct st_json_writer *url);
bool st_remote_has_query(const char *url, const char *name);

/* "head" and the key behind it, owned by the caller: a header line. NULL without a key. */
char *st_remote_make_header(const char *head, const char *key);

/* Most vendors take telephone audio as it is, and everything else at 16 kHz. */
enum { ST_REMOTE_RATE_LOW_HZ = 8000, ST_REMOTE_RATE_HIGH_HZ = 16000 };
uint32_t st_remote_rate_hz(const struct st_engine *engine, uint32_t wire_hz);
bool st_remote_has_rate(uint32_t rate_hz); /* it is one of the two */

void st_remote_send_text(const struct st_engine_stream_config *config, const char *text);

/* Does `language` ("en-GB") have this primary subtag ("en")? */
bool st_remote_is_language(const char *language, const char *primary);

#endif
