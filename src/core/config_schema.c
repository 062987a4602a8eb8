/* The options' places in the structs: libcyaml's tables. */
#include "config_parts.h"

#include <stddef.h>

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
#define NAME(type, member, max) /* to be given */                                                  \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_DEFAULT, struct type, member, 1, max)
#define FLAG(key, type, member) CYAML_FIELD_BOOL(key, OPTIONAL, struct type, member)
#define CHOICE(key, type, member, names)                                                           \
    CYAML_FIELD_ENUM(key, OPTIONAL | CYAML_FLAG_STRICT, struct type, member, names,                \
                     CYAML_ARRAY_LEN(names))
#define LIST(type, member, count, entry, min, max)                                                 \
    CYAML_FIELD_SEQUENCE_COUNT(#member, OPTIONAL | CYAML_FLAG_POINTER, struct type, member, count, \
                               &entry, min, max)
#define ENTRY(name, type)                                                                          \
    static const cyaml_schema_value_t name##_entry = {                                             \
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct type, name##_fields)}
#define STRING(max) CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, max)

static const cyaml_schema_value_t word_entry = {STRING(NAME_MAX_BYTES)};
static const cyaml_schema_value_t name_entry = {STRING(128)};
static const cyaml_schema_value_t id_entry = {STRING(256)};
static const cyaml_schema_value_t text_entry = {STRING(TEXT_MAX)};

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
    FLAG("disabled", st_config_operations, is_off), CYAML_FIELD_END};

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
    NAME(st_config_log_level, module, NAME_MAX_BYTES),
    NAME(st_config_log_level, level, NAME_MAX_BYTES), CYAML_FIELD_END};
ENTRY(log_level, st_config_log_level);

static const cyaml_schema_field_t log_fields[] = {
    TEXT(st_config_log, format), TEXT(st_config_log, level),
    LIST(st_config_log, modules, module_count, log_level_entry, 0, 64), CYAML_FIELD_END};

static const cyaml_schema_field_t auth_fields[] = {
    TEXT(st_config_auth, secret), TEXT(st_config_auth, secret_file),
    LIST(st_config_auth, origins, origin_count, text_entry, 0, 100), CYAML_FIELD_END};

static const cyaml_strval_t track_roles[] = {{"customer", ST_ROLE_CUSTOMER},
                                             {"agent", ST_ROLE_AGENT}};

static const cyaml_schema_field_t twilio_fields[] = {
    TEXT(st_config_twilio, auth_token), TEXT(st_config_twilio, auth_token_file),
    CHOICE("inbound", st_config_twilio, inbound, track_roles), CYAML_FIELD_END};

static const cyaml_strval_t transcript_sources[] = {{"engine", false}, {"platform", true}};

static const cyaml_schema_field_t acs_fields[] = {
    TEXT(st_config_acs, jwks_file),
    TEXT(st_config_acs, issuer),
    TEXT(st_config_acs, audience),
    CHOICE("transcript", st_config_acs, is_told, transcript_sources),
    LIST(st_config_acs, customers, customer_count, id_entry, 0, 1000),
    LIST(st_config_acs, agents, agent_count, id_entry, 0, 1000),
    CYAML_FIELD_END};

static const cyaml_strval_t disfluencies[] = {{"keep", false}, {"remove", true}};
static const cyaml_strval_t profanities[] = {{"keep", false}, {"mask", true}};
static const cyaml_strval_t numbers[] = {{"as_spoken", false}, {"digits", true}};
static const cyaml_strval_t cases[] = {{"as_engine", false}, {"sentence", true}};

static const cyaml_schema_field_t transcript_fields[] = {
    CHOICE("disfluencies", st_transcript_format, removes_disfluencies, disfluencies),
    CHOICE("profanity", st_transcript_format, masks_profanity, profanities),
    CHOICE("numbers", st_transcript_format, writes_digits, numbers),
    CHOICE("case", st_transcript_format, begins_sentences, cases), CYAML_FIELD_END};

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
    CHOICE("mode", st_config_route_privacy, mode, privacy_modes),
    CHOICE("style", st_config_route_privacy, style, privacy_styles),
    LIST(st_config_route_privacy, types, type_count, privacy_type_entry, 0, ST_PII_TYPES),
    CHOICE("dtmf", st_config_route_privacy, shows_keys, privacy_dtmf), CYAML_FIELD_END};

static const cyaml_schema_field_t route_language_fields[] = {
    NAME(st_config_route_language, language, NAME_MAX_BYTES),
    LIST(st_config_route_language, engines, engine_count, word_entry, 0, ROUTE_ENGINES_MAX),
    LIST(st_config_route_language, hints, hint_count, name_entry, 0, 1000), CYAML_FIELD_END};
ENTRY(route_language, st_config_route_language);

static const cyaml_strval_t vendor_findings[] = {{"off", ST_CONFIG_VENDOR_OFF},
                                                 {"beside", ST_CONFIG_VENDOR_BESIDE},
                                                 {"instead", ST_CONFIG_VENDOR_INSTEAD}};

static const cyaml_schema_field_t route_fields[] = {
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct st_config_route, name, 1, NAME_MAX_BYTES),
    LIST(st_config_route, engines, engine_count, word_entry, 1, ROUTE_ENGINES_MAX),
    CYAML_FIELD_STRING_PTR("language", OPTIONAL, struct st_config_route, language, 1,
                           NAME_MAX_BYTES),
    LIST(st_config_route, languages, language_count, route_language_entry, 0, 100),
    LIST(st_config_route, hints, hint_count, name_entry, 0, 1000),
    CYAML_FIELD_STRING_PTR("queue", OPTIONAL, struct st_config_route, queue, 0, 128),
    FLAG("partials", st_config_route, wants_partials),
    CHOICE("vendor_findings", st_config_route, vendor_findings, vendor_findings),
    SECTION(st_config_route, transcript),
    SECTION(st_config_route, twilio),
    SECTION(st_config_route, acs),
    CYAML_FIELD_MAPPING("privacy", OPTIONAL, struct st_config_route, privacy, route_privacy_fields),
    CYAML_FIELD_END};
ENTRY(route, st_config_route);

static const cyaml_schema_field_t rules_fields[] = {
    LIST(st_config_rules, files, file_count, text_entry, 0, 100), CYAML_FIELD_END};

static const cyaml_schema_field_t common_rules_fields[] = {
    LIST(st_config_rules, files, file_count, text_entry, 0, 100), TEXT(st_config_rules, folder),
    CYAML_FIELD_END};

static const cyaml_schema_field_t tenant_fields[] = {
    CYAML_FIELD_STRING_PTR("name", OPTIONAL, struct st_config_tenant, name, 1, NAME_MAX_BYTES),
    LIST(st_config_tenant, routes, route_count, route_entry, 1, 200),
    SECTION(st_config_tenant, rules), CYAML_FIELD_END};
ENTRY(tenant, st_config_tenant);

static const cyaml_schema_field_t moonshine_fields[] = {
    TEXT(st_config_moonshine, models_dir), NUMBER(st_config_moonshine, workers),
    NUMBER(st_config_moonshine, beam), CYAML_FIELD_END};

static const cyaml_schema_field_t pocketsphinx_fields[] = {TEXT(st_config_pocketsphinx, model_dir),
                                                           NUMBER(st_config_pocketsphinx, workers),
                                                           CYAML_FIELD_END};

static const cyaml_schema_field_t remote_engine_fields[] = {
    NAME(st_config_remote_engine, name, NAME_MAX_BYTES),
    NAME(st_config_remote_engine, type, NAME_MAX_BYTES),
    TEXT(st_config_remote_engine, url),
    TEXT(st_config_remote_engine, region),
    TEXT(st_config_remote_engine, key),
    TEXT(st_config_remote_engine, key_file),
    TEXT(st_config_remote_engine, model),
    TEXT(st_config_remote_engine, ca_file),
    LIST(st_config_remote_engine, parameters, parameter_count, text_entry, 0, 64),
    LIST(st_config_remote_engine, hints, hint_count, name_entry, 0, 500),
    NUMBER(st_config_remote_engine, streams),
    NUMBER(st_config_remote_engine, opens_per_s),
    NUMBER(st_config_remote_engine, stall_s),
    NUMBER(st_config_remote_engine, session_s),
    CYAML_FIELD_END};
ENTRY(remote_engine, st_config_remote_engine);

static const cyaml_schema_field_t engines_fields[] = {
    SECTION(st_config_engines, moonshine), SECTION(st_config_engines, pocketsphinx),
    LIST(st_config_engines, remote, remote_count, remote_engine_entry, 0, 100), CYAML_FIELD_END};

static const cyaml_schema_field_t privacy_fields[] = {TEXT(st_config_privacy, names_file),
                                                      CYAML_FIELD_END};

static const cyaml_schema_field_t sentiment_fields[] = {TEXT(st_config_sentiment, lexicon_file),
                                                        CYAML_FIELD_END};

static const cyaml_schema_field_t profanity_fields[] = {
    FLAG("builtin", st_config_profanity, has_own),
    LIST(st_config_profanity, words, word_count, word_entry, 0, 20000),
    LIST(st_config_profanity, files, file_count, text_entry, 0, 20), CYAML_FIELD_END};

static const cyaml_schema_field_t meaning_fields[] = {
    TEXT(st_config_meaning, models_dir), NUMBER(st_config_meaning, workers),
    NUMBER(st_config_meaning, queue), CYAML_FIELD_END};

static const cyaml_schema_field_t characteristics_fields[] = {
    NUMBER(st_config_characteristics, silence_s), CYAML_FIELD_END};

static const cyaml_schema_field_t alert_category_fields[] = {
    NAME(st_config_alert_category, name, 128),
    NUMBER(st_config_alert_category, dedupe_s),
    NUMBER(st_config_alert_category, cool_down_s),
    NUMBER(st_config_alert_category, escalate_count),
    NUMBER(st_config_alert_category, escalate_within_s),
    NUMBER(st_config_alert_category, escalate_after_s),
    CYAML_FIELD_END};
ENTRY(alert_category, st_config_alert_category);

static const cyaml_schema_field_t alerts_fields[] = {
    NUMBER(st_config_alerts, dedupe_s),
    NUMBER(st_config_alerts, cool_down_s),
    NUMBER(st_config_alerts, escalate_count),
    NUMBER(st_config_alerts, escalate_within_s),
    NUMBER(st_config_alerts, escalate_after_s),
    NUMBER(st_config_alerts, open_max),
    FLAG("keep_at_end", st_config_alerts, keep_at_end),
    LIST(st_config_alerts, categories, category_count, alert_category_entry, 0, 2000),
    CYAML_FIELD_END};

static const cyaml_schema_field_t team_fields[] = {
    NAME(st_config_team, name, 128),
    CYAML_FIELD_SEQUENCE_COUNT("agents", CYAML_FLAG_POINTER, struct st_config_team, agents,
                               agent_count, &name_entry, 1, 2000),
    CYAML_FIELD_END};
ENTRY(team, st_config_team);

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
    CHOICE("source", st_config_rtp, source, rtp_sources),
    CHOICE("srtp", st_config_rtp, srtp, rtp_srtp),
    NUMBER(st_config_rtp, reorder_ms),
    NUMBER(st_config_rtp, timeout_s),
    NUMBER(st_config_rtp, quarantine_s),
    CYAML_FIELD_END};

static const cyaml_strval_t siprec_transports[] = {
    {"udp", ST_CONFIG_SIPREC_UDP}, {"tcp", ST_CONFIG_SIPREC_TCP}, {"tls", ST_CONFIG_SIPREC_TLS}};

static const cyaml_schema_field_t siprec_listen_fields[] = {
    CHOICE("transport", st_config_siprec_listen, transport, siprec_transports),
    TEXT(st_config_siprec_listen, address), NUMBER(st_config_siprec_listen, port), CYAML_FIELD_END};
ENTRY(siprec_listen, st_config_siprec_listen);

static const cyaml_schema_field_t siprec_user_fields[] = {
    NAME(st_config_siprec_user, name, 128), TEXT(st_config_siprec_user, password),
    TEXT(st_config_siprec_user, password_file), CYAML_FIELD_END};
ENTRY(siprec_user, st_config_siprec_user);

static const cyaml_schema_field_t siprec_role_fields[] = {
    CHOICE("role", st_config_siprec_role, role, track_roles), TEXT(st_config_siprec_role, label),
    TEXT(st_config_siprec_role, aor), TEXT(st_config_siprec_role, header), CYAML_FIELD_END};
ENTRY(siprec_role, st_config_siprec_role);

static const cyaml_schema_field_t siprec_fields[] = {
    LIST(st_config_siprec, listen, listen_count, siprec_listen_entry, 0,
         ST_CONFIG_SIPREC_LISTEN_MAX),
    TEXT(st_config_siprec, advertised),
    SECTION(st_config_siprec, tls),
    TEXT(st_config_siprec, client_ca_file),
    LIST(st_config_siprec, sources, source_count, name_entry, 0, 1000),
    TEXT(st_config_siprec, realm),
    LIST(st_config_siprec, users, user_count, siprec_user_entry, 0, 100),
    TEXT(st_config_siprec, tenant),
    TEXT(st_config_siprec, route),
    CHOICE("caller", st_config_siprec, caller, track_roles),
    LIST(st_config_siprec, roles, role_count, siprec_role_entry, 0, 100),
    LIST(st_config_siprec, call_id_headers, call_id_header_count, name_entry, 0, 8),
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
    LIST(st_config, tenants, tenant_count, tenant_entry, 1, 1000),
    SECTION(st_config, engines),
    SECTION(st_config, sentiment),
    SECTION(st_config, profanity),
    SECTION(st_config, meaning),
    SECTION(st_config, privacy),
    CYAML_FIELD_MAPPING("rules", OPTIONAL, struct st_config, rules, common_rules_fields),
    CYAML_FIELD_IGNORE("categories", CYAML_FLAG_OPTIONAL),
    SECTION(st_config, characteristics),
    SECTION(st_config, alerts),
    LIST(st_config, teams, team_count, team_entry, 0, 1000),
    SECTION(st_config, push),
    SECTION(st_config, rtp),
    SECTION(st_config, siprec),
    SECTION(st_config, calls),
    CYAML_FIELD_END};

#undef TEXT
#undef NUMBER
#undef SECTION
#undef NAME
#undef FLAG
#undef CHOICE
#undef LIST
#undef ENTRY
#undef STRING

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct st_config, config_fields)};

const cyaml_schema_value_t *st_config_schema(void)
{
    return &config_schema;
}
