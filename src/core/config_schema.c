/* The options: their places in the structs (libcyaml's tables), their defaults and ranges. */
#include "config_parts.h"

#include <stddef.h>
#include <string.h>

enum { TEXT_MAX = 1024, NAME_MAX_BYTES = 64, OPTIONAL = CYAML_FLAG_OPTIONAL };

#define TEXT(type, member)                                                                         \
    CYAML_FIELD_STRING_PTR(#member, OPTIONAL, struct type, member, 0, TEXT_MAX)
#define NUMBER(type, member) CYAML_FIELD_UINT(#member, OPTIONAL, struct type, member)
#define SECTION(type, member)                                                                      \
    CYAML_FIELD_MAPPING(#member, OPTIONAL, struct type, member, member##_fields)

static const cyaml_schema_field_t tls_fields[] = {
    CYAML_FIELD_STRING_PTR("certificate_file", OPTIONAL | CYAML_FLAG_POINTER_NULL,
                           struct st_config_tls, certificate_file, 0, TEXT_MAX),
    CYAML_FIELD_STRING_PTR("key_file", OPTIONAL | CYAML_FLAG_POINTER_NULL, struct st_config_tls,
                           key_file, 0, TEXT_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t listen_fields[] = {
    TEXT(st_config_listen, address), NUMBER(st_config_listen, port),
    TEXT(st_config_listen, public_url), SECTION(st_config_listen, tls), CYAML_FIELD_END};

static const cyaml_schema_field_t operations_fields[] = {
    TEXT(st_config_operations, address), NUMBER(st_config_operations, port),
    CYAML_FIELD_BOOL("disabled", OPTIONAL, struct st_config_operations, is_off), CYAML_FIELD_END};

static const cyaml_schema_field_t limits_fields[] = {
    NUMBER(st_config_limits, connections),
    NUMBER(st_config_limits, connections_per_address),
    NUMBER(st_config_limits, calls),
    NUMBER(st_config_limits, message_bytes),
    NUMBER(st_config_limits, header_bytes),
    NUMBER(st_config_limits, body_bytes),
    NUMBER(st_config_limits, handshake_timeout_s),
    NUMBER(st_config_limits, idle_timeout_s),
    NUMBER(st_config_limits, ping_interval_s),
    CYAML_FIELD_END};

static const cyaml_schema_field_t log_level_fields[] = {
    CYAML_FIELD_STRING_PTR("module", CYAML_FLAG_DEFAULT, struct st_config_log_level, module, 1,
                           NAME_MAX_BYTES),
    CYAML_FIELD_STRING_PTR("level", CYAML_FLAG_DEFAULT, struct st_config_log_level, level, 1,
                           NAME_MAX_BYTES),
    CYAML_FIELD_END};
static const cyaml_schema_value_t log_level_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_log_level, log_level_fields)};

static const cyaml_schema_field_t log_fields[] = {
    TEXT(st_config_log, format), TEXT(st_config_log, level),
    CYAML_FIELD_SEQUENCE_COUNT("modules", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_log,
                               modules, module_count, &log_level_entry, 0, 64),
    CYAML_FIELD_END};

static const cyaml_schema_value_t origin_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX)};

static const cyaml_schema_field_t auth_fields[] = {
    TEXT(st_config_auth, secret), TEXT(st_config_auth, secret_file),
    CYAML_FIELD_SEQUENCE_COUNT("origins", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_auth,
                               origins, origin_count, &origin_entry, 0, 100),
    CYAML_FIELD_END};

static const cyaml_strval_t track_roles[] = {{"customer", ST_ROLE_CUSTOMER},
                                             {"agent", ST_ROLE_AGENT}};

static const cyaml_schema_field_t twilio_fields[] = {
    TEXT(st_config_twilio, auth_token), TEXT(st_config_twilio, auth_token_file),
    CYAML_FIELD_ENUM("inbound", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_twilio, inbound,
                     track_roles, CYAML_ARRAY_LEN(track_roles)),
    CYAML_FIELD_END};

static const cyaml_strval_t disfluencies[] = {{"keep", false}, {"remove", true}};
static const cyaml_strval_t profanities[] = {{"keep", false}, {"mask", true}};
static const cyaml_strval_t numbers[] = {{"as_spoken", false}, {"digits", true}};
static const cyaml_strval_t cases[] = {{"as_engine", false}, {"sentence", true}};

#define CHOICE(key, member, names)                                                                 \
    CYAML_FIELD_ENUM(key, OPTIONAL | CYAML_FLAG_STRICT, struct st_transcript_format, member,       \
                     names, CYAML_ARRAY_LEN(names))

static const cyaml_schema_field_t transcript_fields[] = {
    CHOICE("disfluencies", removes_disfluencies, disfluencies),
    CHOICE("profanity", masks_profanity, profanities), CHOICE("numbers", writes_digits, numbers),
    CHOICE("case", begins_sentences, cases), CYAML_FIELD_END};

#undef CHOICE

static const cyaml_schema_field_t route_fields[] = {
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct st_config_route, name, 1, NAME_MAX_BYTES),
    CYAML_FIELD_STRING_PTR("engine", OPTIONAL, struct st_config_route, engine, 1, NAME_MAX_BYTES),
    CYAML_FIELD_STRING_PTR("language", OPTIONAL, struct st_config_route, language, 1,
                           NAME_MAX_BYTES),
    CYAML_FIELD_STRING_PTR("queue", OPTIONAL, struct st_config_route, queue, 0, 128),
    CYAML_FIELD_BOOL("partials", OPTIONAL, struct st_config_route, wants_partials),
    SECTION(st_config_route, transcript),
    SECTION(st_config_route, twilio),
    CYAML_FIELD_END};
static const cyaml_schema_value_t route_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_route, route_fields)};

static const cyaml_schema_value_t file_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX)};

static const cyaml_schema_field_t rules_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("files", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_rules,
                               files, file_count, &file_entry, 0, 100),
    CYAML_FIELD_END};

static const cyaml_schema_field_t tenant_fields[] = {
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct st_config_tenant, name, 1, NAME_MAX_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("routes", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_tenant,
                               routes, route_count, &route_entry, 1, 200),
    SECTION(st_config_tenant, rules), CYAML_FIELD_END};
static const cyaml_schema_value_t tenant_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_tenant, tenant_fields)};

static const cyaml_schema_field_t moonshine_fields[] = {
    TEXT(st_config_moonshine, models_dir), NUMBER(st_config_moonshine, workers),
    NUMBER(st_config_moonshine, beam), CYAML_FIELD_END};

static const cyaml_schema_field_t pocketsphinx_fields[] = {TEXT(st_config_pocketsphinx, model_dir),
                                                           NUMBER(st_config_pocketsphinx, workers),
                                                           CYAML_FIELD_END};

static const cyaml_schema_field_t vosk_fields[] = {TEXT(st_config_vosk, url), CYAML_FIELD_END};

static const cyaml_schema_field_t engines_fields[] = {
    SECTION(st_config_engines, moonshine), SECTION(st_config_engines, pocketsphinx),
    SECTION(st_config_engines, vosk), CYAML_FIELD_END};

static const cyaml_schema_field_t sentiment_fields[] = {TEXT(st_config_sentiment, lexicon_file),
                                                        CYAML_FIELD_END};

static const cyaml_schema_value_t profanity_word = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_BYTES)};
static const cyaml_schema_value_t profanity_file = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX)};

static const cyaml_schema_field_t profanity_fields[] = {
    CYAML_FIELD_BOOL("builtin", OPTIONAL, struct st_config_profanity, has_own),
    CYAML_FIELD_SEQUENCE_COUNT("words", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_profanity,
                               words, word_count, &profanity_word, 0, 20000),
    CYAML_FIELD_SEQUENCE_COUNT("files", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_profanity,
                               files, file_count, &profanity_file, 0, 20),
    CYAML_FIELD_END};
static const cyaml_schema_field_t meaning_fields[] = {
    TEXT(st_config_meaning, models_dir), NUMBER(st_config_meaning, workers),
    NUMBER(st_config_meaning, queue), CYAML_FIELD_END};

static const cyaml_schema_field_t characteristics_fields[] = {
    NUMBER(st_config_characteristics, silence_s), CYAML_FIELD_END};

static const cyaml_schema_field_t push_fields[] = {
    NUMBER(st_config_push, queue_bytes), NUMBER(st_config_push, partial_bytes),
    NUMBER(st_config_push, subscribers), CYAML_FIELD_END};

static const cyaml_schema_field_t calls_fields[] = {
    NUMBER(st_config_calls, ring_s),       NUMBER(st_config_calls, grace_s),
    NUMBER(st_config_calls, keep_ended_s), NUMBER(st_config_calls, keep_ended),
    NUMBER(st_config_calls, drain_s),      CYAML_FIELD_END};

static const cyaml_schema_field_t config_fields[] = {
    NUMBER(st_config, threads),
    SECTION(st_config, listen),
    SECTION(st_config, operations),
    SECTION(st_config, limits),
    SECTION(st_config, log),
    SECTION(st_config, auth),
    CYAML_FIELD_SEQUENCE_COUNT("tenants", OPTIONAL | CYAML_FLAG_POINTER, struct st_config, tenants,
                               tenant_count, &tenant_entry, 1, 1000),
    SECTION(st_config, engines),
    SECTION(st_config, sentiment),
    SECTION(st_config, profanity),
    SECTION(st_config, meaning),
    SECTION(st_config, rules),
    CYAML_FIELD_IGNORE("categories", CYAML_FLAG_OPTIONAL),
    SECTION(st_config, characteristics),
    SECTION(st_config, push),
    SECTION(st_config, calls),
    CYAML_FIELD_END};

#undef TEXT
#undef NUMBER
#undef SECTION

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct st_config, config_fields)};

static const struct st_config_option options[] = {
    {"threads", "0", 0, 256},
    {"listen.address", "127.0.0.1", 0, 0},
    {"listen.port", "8080", 0, 65535},
    {"listen.public_url", "", 0, 0},
    {"listen.tls.certificate_file", "", 0, 0},
    {"listen.tls.key_file", "", 0, 0},
    {"operations.address", "127.0.0.1", 0, 0},
    {"operations.port", "9090", 0, 65535},
    {"operations.disabled", "false", 0, 0},
    {"limits.connections", "10000", 1, 1000000},
    {"limits.connections_per_address", "1000", 1, 1000000},
    {"limits.calls", "2000", 1, 1000000},
    {"limits.message_bytes", "65536", 1024, 16777216},
    {"limits.header_bytes", "16384", 1024, 65536},
    {"limits.body_bytes", "1048576", 1024, 67108864},
    {"limits.handshake_timeout_s", "10", 1, 300},
    {"limits.idle_timeout_s", "60", 5, 3600},
    {"limits.ping_interval_s", "20", 1, 3600},
    {"log.format", "human", 0, 0},
    {"log.level", "info", 0, 0},
    {"log.modules", "[]", 0, 0},
    {"log.modules[].module", NULL, 0, 0},
    {"log.modules[].level", NULL, 0, 0},
    {"auth.secret", "", 0, 0},
    {"auth.secret_file", "", 0, 0},
    {"auth.origins", "[]", 0, 0},
    {"tenants", "[{}]", 0, 0},
    {"tenants[].name", "default", 0, 0},
    {"tenants[].routes", "[{}]", 0, 0},
    {"tenants[].routes[].name", "default", 0, 0},
    {"tenants[].routes[].engine", "auto", 0, 0},
    {"tenants[].routes[].language", "en-US", 0, 0},
    {"tenants[].routes[].queue", "", 0, 0},
    {"tenants[].routes[].partials", "true", 0, 0},
    {"tenants[].routes[].transcript.disfluencies", "keep", 0, 0},
    {"tenants[].routes[].transcript.profanity", "keep", 0, 0},
    {"tenants[].routes[].transcript.numbers", "as_spoken", 0, 0},
    {"tenants[].routes[].transcript.case", "as_engine", 0, 0},
    {"tenants[].routes[].twilio.auth_token", "", 0, 0},
    {"tenants[].routes[].twilio.auth_token_file", "", 0, 0},
    {"tenants[].routes[].twilio.inbound", "customer", 0, 0},
    {"tenants[].rules.files", "[]", 0, 0},
    {"engines.moonshine.models_dir", "", 0, 0},
    {"engines.moonshine.workers", "0", 0, 256},
    {"engines.moonshine.beam", "2", 1, 8},
    {"engines.pocketsphinx.model_dir", "/usr/share/pocketsphinx/model/en-us", 0, 0},
    {"engines.pocketsphinx.workers", "0", 0, 256},
    {"engines.vosk.url", "", 0, 0},
    {"sentiment.lexicon_file", "", 0, 0},
    {"profanity.builtin", "true", 0, 0},
    {"profanity.words", "[]", 0, 0},
    {"profanity.files", "[]", 0, 0},
    {"meaning.models_dir", "", 0, 0},
    {"meaning.workers", "1", 0, 64},
    {"meaning.queue", "64", 1, 100000},
    {"rules.files", "[]", 0, 0},
    {"categories", NULL, 0, 0},
    {"characteristics.silence_s", "10", 2, 3600},
    {"push.queue_bytes", "262144", 4096, 67108864},
    {"push.partial_bytes", "16384", 0, 67108864},
    {"push.subscribers", "10000", 1, 1000000},
    {"calls.ring_s", "30", 1, 300},
    {"calls.grace_s", "8", 0, 300},
    {"calls.keep_ended_s", "600", 0, 86400},
    {"calls.keep_ended", "1000", 0, 1000000},
    {"calls.drain_s", "10", 0, 600},
};

const cyaml_schema_value_t *st_config_schema(void)
{
    return &config_schema;
}

static bool is_path_of(const char *path, const char *pattern)
{
    while (*path && *path == *pattern) {
        bool is_index = *path == '[';
        path++;
        pattern++;
        if (is_index)
            path += strspn(path, "0123456789");
    }
    return *path == *pattern;
}

const struct st_config_option *st_config_option_find(const char *path)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (is_path_of(path, options[i].path))
            return &options[i];
    return NULL;
}
