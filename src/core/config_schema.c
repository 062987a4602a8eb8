/* The options: their places in the structs (libcyaml's tables), their defaults and ranges. */
#include "config_parts.h"

#include <stddef.h>
#include <string.h>

enum {
    TEXT_MAX = 1024,
    NAME_MAX_BYTES = 64,
    ROUTE_ENGINES_MAX = 8,
    OPTIONAL = CYAML_FLAG_OPTIONAL
};

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

static const cyaml_strval_t transcript_sources[] = {{"engine", false}, {"platform", true}};
static const cyaml_schema_value_t raw_id_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 256)};

static const cyaml_schema_field_t acs_fields[] = {
    TEXT(st_config_acs, jwks_file),
    TEXT(st_config_acs, issuer),
    TEXT(st_config_acs, audience),
    CYAML_FIELD_ENUM("transcript", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_acs, is_told,
                     transcript_sources, CYAML_ARRAY_LEN(transcript_sources)),
    CYAML_FIELD_SEQUENCE_COUNT("customers", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_acs,
                               customers, customer_count, &raw_id_entry, 0, 1000),
    CYAML_FIELD_SEQUENCE_COUNT("agents", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_acs,
                               agents, agent_count, &raw_id_entry, 0, 1000),
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
static const cyaml_strval_t privacy_modes[] = {
    {"off", ST_PII_OFF}, {"identify", ST_PII_IDENTIFY}, {"redact", ST_PII_REDACT}};
static const cyaml_strval_t privacy_styles[] = {{"type", ST_PII_STYLE_TYPE},
                                                {"pii", ST_PII_STYLE_PLAIN},
                                                {"hash", ST_PII_STYLE_HASH},
                                                {"entity", ST_PII_STYLE_ENTITY}};
static const cyaml_strval_t privacy_dtmf[] = {{"hide", false}, {"show", true}};
static const cyaml_strval_t privacy_types[] = {{"NAME", ST_PII_NAME},
                                               {"ADDRESS", ST_PII_ADDRESS},
                                               {"CREDIT_DEBIT_NUMBER", ST_PII_CARD_NUMBER},
                                               {"CREDIT_DEBIT_CVV", ST_PII_CARD_CVV},
                                               {"CREDIT_DEBIT_EXPIRY", ST_PII_CARD_EXPIRY},
                                               {"BANK_ACCOUNT_NUMBER", ST_PII_BANK_ACCOUNT},
                                               {"BANK_ROUTING", ST_PII_BANK_ROUTING},
                                               {"PIN", ST_PII_PIN},
                                               {"SSN", ST_PII_SSN},
                                               {"EMAIL", ST_PII_EMAIL},
                                               {"PHONE", ST_PII_PHONE},
                                               {"DATE_OF_BIRTH", ST_PII_DATE_OF_BIRTH},
                                               {"PASSPORT_NUMBER", ST_PII_PASSPORT},
                                               {"DRIVER_ID", ST_PII_DRIVER_ID},
                                               {"LICENSE_PLATE", ST_PII_LICENSE_PLATE},
                                               {"VEHICLE_IDENTIFICATION_NUMBER", ST_PII_VIN},
                                               {"INTERNATIONAL_BANK_ACCOUNT_NUMBER", ST_PII_IBAN},
                                               {"SWIFT_CODE", ST_PII_SWIFT},
                                               {"NATIONAL_ID", ST_PII_NATIONAL_ID},
                                               {"TAX_ID", ST_PII_TAX_ID},
                                               {"MEDICAL_RECORD", ST_PII_MEDICAL_RECORD},
                                               {"USERNAME", ST_PII_USERNAME},
                                               {"PASSWORD", ST_PII_PASSWORD},
                                               {"IP_ADDRESS", ST_PII_IP_ADDRESS},
                                               {"MAC_ADDRESS", ST_PII_MAC_ADDRESS},
                                               {"URL", ST_PII_URL},
                                               {"NUMBER", ST_PII_NUMBER},
                                               {"AGE", ST_PII_AGE},
                                               {"DATE", ST_PII_DATE}};
static const cyaml_schema_value_t privacy_type_entry = {CYAML_VALUE_ENUM(
    CYAML_FLAG_STRICT, enum st_pii_type, privacy_types, CYAML_ARRAY_LEN(privacy_types))};

static const cyaml_schema_field_t route_privacy_fields[] = {
    CYAML_FIELD_ENUM("mode", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_route_privacy, mode,
                     privacy_modes, CYAML_ARRAY_LEN(privacy_modes)),
    CYAML_FIELD_ENUM("style", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_route_privacy, style,
                     privacy_styles, CYAML_ARRAY_LEN(privacy_styles)),
    CYAML_FIELD_SEQUENCE_COUNT("types", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_route_privacy, types, type_count,
                               &privacy_type_entry, 0, ST_PII_TYPES),
    CYAML_FIELD_ENUM("dtmf", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_route_privacy,
                     shows_keys, privacy_dtmf, CYAML_ARRAY_LEN(privacy_dtmf)),
    CYAML_FIELD_END};

static const cyaml_schema_value_t route_engine_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_BYTES)};
static const cyaml_schema_value_t hint_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 128)};

static const cyaml_schema_field_t route_language_fields[] = {
    CYAML_FIELD_STRING_PTR("language", CYAML_FLAG_DEFAULT, struct st_config_route_language,
                           language, 1, NAME_MAX_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("engines", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_route_language, engines, engine_count,
                               &route_engine_entry, 0, ROUTE_ENGINES_MAX),
    CYAML_FIELD_SEQUENCE_COUNT("hints", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_route_language, hints, hint_count, &hint_entry, 0,
                               1000),
    CYAML_FIELD_END};
static const cyaml_schema_value_t route_language_entry = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct st_config_route_language, route_language_fields)};

static const cyaml_strval_t vendor_findings[] = {{"off", ST_CONFIG_VENDOR_OFF},
                                                 {"beside", ST_CONFIG_VENDOR_BESIDE},
                                                 {"instead", ST_CONFIG_VENDOR_INSTEAD}};

static const cyaml_schema_field_t route_fields[] = {
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct st_config_route, name, 1, NAME_MAX_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("engines", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_route,
                               engines, engine_count, &route_engine_entry, 1, ROUTE_ENGINES_MAX),
    CYAML_FIELD_STRING_PTR("language", OPTIONAL, struct st_config_route, language, 1,
                           NAME_MAX_BYTES),
    CYAML_FIELD_SEQUENCE_COUNT("languages", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_route,
                               languages, language_count, &route_language_entry, 0, 100),
    CYAML_FIELD_SEQUENCE_COUNT("hints", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_route,
                               hints, hint_count, &hint_entry, 0, 1000),
    CYAML_FIELD_STRING_PTR("queue", OPTIONAL, struct st_config_route, queue, 0, 128),
    CYAML_FIELD_BOOL("partials", OPTIONAL, struct st_config_route, wants_partials),
    CYAML_FIELD_ENUM("vendor_findings", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_route,
                     vendor_findings, vendor_findings, CYAML_ARRAY_LEN(vendor_findings)),
    SECTION(st_config_route, transcript),
    SECTION(st_config_route, twilio),
    SECTION(st_config_route, acs),
    CYAML_FIELD_MAPPING("privacy", OPTIONAL, struct st_config_route, privacy, route_privacy_fields),
    CYAML_FIELD_END};
static const cyaml_schema_value_t route_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_route, route_fields)};

static const cyaml_schema_value_t file_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX)};

static const cyaml_schema_field_t rules_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("files", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_rules,
                               files, file_count, &file_entry, 0, 100),
    CYAML_FIELD_END};

static const cyaml_schema_field_t common_rules_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("files", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_rules,
                               files, file_count, &file_entry, 0, 100),
    TEXT(st_config_rules, folder), CYAML_FIELD_END};

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

static const cyaml_schema_value_t parameter_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_MAX)};

static const cyaml_schema_field_t remote_engine_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_DEFAULT, struct st_config_remote_engine, name, 1,
                           NAME_MAX_BYTES),
    CYAML_FIELD_STRING_PTR("type", CYAML_FLAG_DEFAULT, struct st_config_remote_engine, type, 1,
                           NAME_MAX_BYTES),
    TEXT(st_config_remote_engine, url),
    TEXT(st_config_remote_engine, region),
    TEXT(st_config_remote_engine, key),
    TEXT(st_config_remote_engine, key_file),
    TEXT(st_config_remote_engine, model),
    TEXT(st_config_remote_engine, ca_file),
    CYAML_FIELD_SEQUENCE_COUNT("parameters", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_remote_engine, parameters, parameter_count,
                               &parameter_entry, 0, 64),
    CYAML_FIELD_SEQUENCE_COUNT("hints", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_remote_engine, hints, hint_count, &hint_entry, 0,
                               500),
    NUMBER(st_config_remote_engine, streams),
    NUMBER(st_config_remote_engine, opens_per_s),
    NUMBER(st_config_remote_engine, stall_s),
    NUMBER(st_config_remote_engine, session_s),
    CYAML_FIELD_END};
static const cyaml_schema_value_t remote_engine_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_remote_engine, remote_engine_fields)};

static const cyaml_schema_field_t engines_fields[] = {
    SECTION(st_config_engines, moonshine), SECTION(st_config_engines, pocketsphinx),
    CYAML_FIELD_SEQUENCE_COUNT("remote", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_engines,
                               remote, remote_count, &remote_engine_entry, 0, 100),
    CYAML_FIELD_END};

static const cyaml_schema_field_t privacy_fields[] = {TEXT(st_config_privacy, names_file),
                                                      CYAML_FIELD_END};

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

static const cyaml_schema_field_t alert_category_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_DEFAULT, struct st_config_alert_category, name, 1,
                           128),
    NUMBER(st_config_alert_category, dedupe_s),
    NUMBER(st_config_alert_category, cool_down_s),
    NUMBER(st_config_alert_category, escalate_count),
    NUMBER(st_config_alert_category, escalate_within_s),
    NUMBER(st_config_alert_category, escalate_after_s),
    CYAML_FIELD_END};
static const cyaml_schema_value_t alert_category_entry = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct st_config_alert_category, alert_category_fields)};

static const cyaml_schema_field_t alerts_fields[] = {
    NUMBER(st_config_alerts, dedupe_s),
    NUMBER(st_config_alerts, cool_down_s),
    NUMBER(st_config_alerts, escalate_count),
    NUMBER(st_config_alerts, escalate_within_s),
    NUMBER(st_config_alerts, escalate_after_s),
    NUMBER(st_config_alerts, open_max),
    CYAML_FIELD_BOOL("keep_at_end", OPTIONAL, struct st_config_alerts, keep_at_end),
    CYAML_FIELD_SEQUENCE_COUNT("categories", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_alerts,
                               categories, category_count, &alert_category_entry, 0, 2000),
    CYAML_FIELD_END};

static const cyaml_schema_value_t agent_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 128)};

static const cyaml_schema_field_t team_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_DEFAULT, struct st_config_team, name, 1, 128),
    CYAML_FIELD_SEQUENCE_COUNT("agents", CYAML_FLAG_POINTER, struct st_config_team, agents,
                               agent_count, &agent_entry, 1, 2000),
    CYAML_FIELD_END};
static const cyaml_schema_value_t team_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_team, team_fields)};

static const cyaml_schema_field_t push_fields[] = {
    NUMBER(st_config_push, queue_bytes), NUMBER(st_config_push, partial_bytes),
    NUMBER(st_config_push, subscribers), CYAML_FIELD_END};

static const cyaml_strval_t rtp_sources[] = {
    {"strict", ST_CONFIG_RTP_STRICT}, {"ip", ST_CONFIG_RTP_IP}, {"learn", ST_CONFIG_RTP_LEARN}};

static const cyaml_strval_t rtp_srtp[] = {{"preferred", ST_CONFIG_RTP_SRTP_PREFERRED},
                                          {"profile", ST_CONFIG_RTP_SRTP_PROFILE},
                                          {"required", ST_CONFIG_RTP_SRTP_REQUIRED}};

static const cyaml_schema_field_t rtp_fields[] = {
    TEXT(st_config_rtp, address),
    TEXT(st_config_rtp, advertised),
    NUMBER(st_config_rtp, first_port),
    NUMBER(st_config_rtp, last_port),
    CYAML_FIELD_ENUM("source", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_rtp, source,
                     rtp_sources, CYAML_ARRAY_LEN(rtp_sources)),
    CYAML_FIELD_ENUM("srtp", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_rtp, srtp, rtp_srtp,
                     CYAML_ARRAY_LEN(rtp_srtp)),
    NUMBER(st_config_rtp, reorder_ms),
    NUMBER(st_config_rtp, timeout_s),
    NUMBER(st_config_rtp, quarantine_s),
    CYAML_FIELD_END};

static const cyaml_strval_t siprec_transports[] = {
    {"udp", ST_CONFIG_SIPREC_UDP}, {"tcp", ST_CONFIG_SIPREC_TCP}, {"tls", ST_CONFIG_SIPREC_TLS}};

static const cyaml_schema_field_t siprec_listen_fields[] = {
    CYAML_FIELD_ENUM("transport", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_siprec_listen,
                     transport, siprec_transports, CYAML_ARRAY_LEN(siprec_transports)),
    TEXT(st_config_siprec_listen, address), NUMBER(st_config_siprec_listen, port), CYAML_FIELD_END};
static const cyaml_schema_value_t siprec_listen_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_siprec_listen, siprec_listen_fields)};

static const cyaml_schema_field_t siprec_user_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_DEFAULT, struct st_config_siprec_user, name, 1, 128),
    TEXT(st_config_siprec_user, password), TEXT(st_config_siprec_user, password_file),
    CYAML_FIELD_END};
static const cyaml_schema_value_t siprec_user_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_siprec_user, siprec_user_fields)};

static const cyaml_schema_field_t siprec_role_fields[] = {
    CYAML_FIELD_ENUM("role", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_siprec_role, role,
                     track_roles, CYAML_ARRAY_LEN(track_roles)),
    TEXT(st_config_siprec_role, label), TEXT(st_config_siprec_role, aor),
    TEXT(st_config_siprec_role, header), CYAML_FIELD_END};
static const cyaml_schema_value_t siprec_role_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct st_config_siprec_role, siprec_role_fields)};
static const cyaml_schema_value_t siprec_word = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 128)};

static const cyaml_schema_field_t siprec_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT("listen", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_siprec,
                               listen, listen_count, &siprec_listen_entry, 0,
                               ST_CONFIG_SIPREC_LISTEN_MAX),
    TEXT(st_config_siprec, advertised),
    SECTION(st_config_siprec, tls),
    TEXT(st_config_siprec, client_ca_file),
    CYAML_FIELD_SEQUENCE_COUNT("sources", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_siprec,
                               sources, source_count, &siprec_word, 0, 1000),
    TEXT(st_config_siprec, realm),
    CYAML_FIELD_SEQUENCE_COUNT("users", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_siprec,
                               users, user_count, &siprec_user_entry, 0, 100),
    TEXT(st_config_siprec, tenant),
    TEXT(st_config_siprec, route),
    CYAML_FIELD_ENUM("caller", OPTIONAL | CYAML_FLAG_STRICT, struct st_config_siprec, caller,
                     track_roles, CYAML_ARRAY_LEN(track_roles)),
    CYAML_FIELD_SEQUENCE_COUNT("roles", OPTIONAL | CYAML_FLAG_POINTER, struct st_config_siprec,
                               roles, role_count, &siprec_role_entry, 0, 100),
    CYAML_FIELD_SEQUENCE_COUNT("call_id_headers", OPTIONAL | CYAML_FLAG_POINTER,
                               struct st_config_siprec, call_id_headers, call_id_header_count,
                               &siprec_word, 0, 8),
    NUMBER(st_config_siprec, sessions),
    NUMBER(st_config_siprec, connections),
    NUMBER(st_config_siprec, idle_timeout_s),
    NUMBER(st_config_siprec, requests_per_s),
    NUMBER(st_config_siprec, session_expires_s),
    CYAML_FIELD_END};

static const cyaml_schema_field_t calls_fields[] = {NUMBER(st_config_calls, ring_s),
                                                    NUMBER(st_config_calls, grace_s),
                                                    NUMBER(st_config_calls, engine_return_s),
                                                    NUMBER(st_config_calls, keep_ended_s),
                                                    NUMBER(st_config_calls, keep_ended),
                                                    NUMBER(st_config_calls, drain_s),
                                                    CYAML_FIELD_END};

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
    SECTION(st_config, privacy),
    CYAML_FIELD_MAPPING("rules", OPTIONAL, struct st_config, rules, common_rules_fields),
    CYAML_FIELD_IGNORE("categories", CYAML_FLAG_OPTIONAL),
    SECTION(st_config, characteristics),
    SECTION(st_config, alerts),
    CYAML_FIELD_SEQUENCE_COUNT("teams", OPTIONAL | CYAML_FLAG_POINTER, struct st_config, teams,
                               team_count, &team_entry, 0, 1000),
    SECTION(st_config, push),
    SECTION(st_config, rtp),
    SECTION(st_config, siprec),
    SECTION(st_config, calls),
    CYAML_FIELD_END};

#undef TEXT
#undef NUMBER
#undef SECTION

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct st_config, config_fields)};

#define INHERIT "4294967295" /* ST_CONFIG_INHERIT */

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
    {"tenants[].routes[].engines", "[auto]", 0, 0},
    {"tenants[].routes[].language", "en-US", 0, 0},
    {"tenants[].routes[].languages", "[]", 0, 0},
    {"tenants[].routes[].languages[].language", NULL, 0, 0},
    {"tenants[].routes[].languages[].engines", "[]", 0, 0},
    {"tenants[].routes[].languages[].hints", "[]", 0, 0},
    {"tenants[].routes[].hints", "[]", 0, 0},
    {"tenants[].routes[].queue", "", 0, 0},
    {"tenants[].routes[].partials", "true", 0, 0},
    {"tenants[].routes[].vendor_findings", "off", 0, 0},
    {"tenants[].routes[].transcript.disfluencies", "keep", 0, 0},
    {"tenants[].routes[].transcript.profanity", "keep", 0, 0},
    {"tenants[].routes[].transcript.numbers", "as_spoken", 0, 0},
    {"tenants[].routes[].transcript.case", "as_engine", 0, 0},
    {"tenants[].routes[].twilio.auth_token", "", 0, 0},
    {"tenants[].routes[].twilio.auth_token_file", "", 0, 0},
    {"tenants[].routes[].twilio.inbound", "customer", 0, 0},
    {"tenants[].routes[].acs.jwks_file", "", 0, 0},
    {"tenants[].routes[].acs.issuer", "https://acscallautomation.communication.azure.com", 0, 0},
    {"tenants[].routes[].acs.audience", "", 0, 0},
    {"tenants[].routes[].acs.transcript", "engine", 0, 0},
    {"tenants[].routes[].acs.customers", "[]", 0, 0},
    {"tenants[].routes[].acs.agents", "[]", 0, 0},
    {"tenants[].routes[].privacy.mode", "off", 0, 0},
    {"tenants[].routes[].privacy.style", "type", 0, 0},
    {"tenants[].routes[].privacy.types", "[]", 0, 0},
    {"tenants[].routes[].privacy.dtmf", "hide", 0, 0},
    {"tenants[].rules.files", "[]", 0, 0},
    {"engines.moonshine.models_dir", "", 0, 0},
    {"engines.moonshine.workers", "0", 0, 256},
    {"engines.moonshine.beam", "2", 1, 8},
    {"engines.pocketsphinx.model_dir", "/usr/share/pocketsphinx/model/en-us", 0, 0},
    {"engines.pocketsphinx.workers", "0", 0, 256},
    {"engines.remote", "[]", 0, 0},
    {"engines.remote[].name", NULL, 0, 0},
    {"engines.remote[].type", NULL, 0, 0},
    {"engines.remote[].url", "", 0, 0},
    {"engines.remote[].region", "", 0, 0},
    {"engines.remote[].key", "", 0, 0},
    {"engines.remote[].key_file", "", 0, 0},
    {"engines.remote[].model", "", 0, 0},
    {"engines.remote[].ca_file", "", 0, 0},
    {"engines.remote[].parameters", "[]", 0, 0},
    {"engines.remote[].hints", "[]", 0, 0},
    {"engines.remote[].streams", "0", 0, 1000000},
    {"engines.remote[].opens_per_s", "0", 0, 100000},
    {"engines.remote[].stall_s", "0", 0, 600},
    {"engines.remote[].session_s", "0", 0, 86400},
    {"sentiment.lexicon_file", "", 0, 0},
    {"profanity.builtin", "true", 0, 0},
    {"profanity.words", "[]", 0, 0},
    {"profanity.files", "[]", 0, 0},
    {"meaning.models_dir", "", 0, 0},
    {"meaning.workers", "1", 0, 64},
    {"meaning.queue", "64", 1, 100000},
    {"privacy.names_file", "", 0, 0},
    {"rules.files", "[]", 0, 0},
    {"rules.folder", "", 0, 0},
    {"categories", NULL, 0, 0},
    {"characteristics.silence_s", "10", 2, 3600},
    {"alerts.dedupe_s", "60", 0, 86400},
    {"alerts.cool_down_s", "0", 0, 86400},
    {"alerts.escalate_count", "0", 0, ST_CONFIG_ESCALATE_COUNT_MAX},
    {"alerts.escalate_within_s", "120", 1, 86400},
    {"alerts.escalate_after_s", "0", 0, 86400},
    {"alerts.open_max", "50", 1, 1000},
    {"alerts.keep_at_end", "false", 0, 0},
    {"alerts.categories", "[]", 0, 0},
    {"alerts.categories[].name", NULL, 0, 0},
    {"alerts.categories[].dedupe_s", INHERIT, 0, 86400},
    {"alerts.categories[].cool_down_s", INHERIT, 0, 86400},
    {"alerts.categories[].escalate_count", INHERIT, 0, ST_CONFIG_ESCALATE_COUNT_MAX},
    {"alerts.categories[].escalate_within_s", INHERIT, 1, 86400},
    {"alerts.categories[].escalate_after_s", INHERIT, 0, 86400},
    {"teams", "[]", 0, 0},
    {"teams[].name", NULL, 0, 0},
    {"teams[].agents", NULL, 0, 0},
    {"push.queue_bytes", "262144", 4096, 67108864},
    {"push.partial_bytes", "16384", 0, 67108864},
    {"push.subscribers", "10000", 1, 1000000},
    {"rtp.address", "127.0.0.1", 0, 0},
    {"rtp.advertised", "", 0, 0},
    {"rtp.first_port", "0", 0, 65534},
    {"rtp.last_port", "0", 0, 65535},
    {"rtp.source", "ip", 0, 0},
    {"rtp.srtp", "preferred", 0, 0},
    {"rtp.reorder_ms", "80", 60, 120},
    {"rtp.timeout_s", "60", 1, 86400},
    {"rtp.quarantine_s", "30", 0, 3600},
    {"siprec.listen", "[]", 0, 0},
    {"siprec.listen[].transport", "udp", 0, 0},
    {"siprec.listen[].address", "127.0.0.1", 0, 0},
    {"siprec.listen[].port", "5060", 0, 65535},
    {"siprec.advertised", "", 0, 0},
    {"siprec.tls.certificate_file", "", 0, 0},
    {"siprec.tls.key_file", "", 0, 0},
    {"siprec.client_ca_file", "", 0, 0},
    {"siprec.sources", "[]", 0, 0},
    {"siprec.realm", "sidetone", 0, 0},
    {"siprec.users", "[]", 0, 0},
    {"siprec.users[].name", NULL, 0, 0},
    {"siprec.users[].password", "", 0, 0},
    {"siprec.users[].password_file", "", 0, 0},
    {"siprec.tenant", "default", 0, 0},
    {"siprec.route", "default", 0, 0},
    {"siprec.caller", "customer", 0, 0},
    {"siprec.roles", "[]", 0, 0},
    {"siprec.roles[].role", "agent", 0, 0},
    {"siprec.roles[].label", "", 0, 0},
    {"siprec.roles[].aor", "", 0, 0},
    {"siprec.roles[].header", "", 0, 0},
    {"siprec.call_id_headers", "[]", 0, 0},
    {"siprec.sessions", "1000", 1, 100000},
    {"siprec.connections", "200", 1, 100000},
    {"siprec.idle_timeout_s", "3600", 30, 86400},
    {"siprec.requests_per_s", "50", 1, 100000},
    {"siprec.session_expires_s", "1800", 90, 86400},
    {"calls.ring_s", "30", 1, 300},
    {"calls.engine_return_s", "60", 0, 86400},
    {"calls.grace_s", "8", 0, 300},
    {"calls.keep_ended_s", "600", 0, 86400},
    {"calls.keep_ended", "1000", 0, 1000000},
    {"calls.drain_s", "10", 0, 600},
};

#undef INHERIT

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
