#include "core/config_parts.h"
#include "sidetone/config.h"
#include "sidetone/file.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "0123456789abcdef0123456789abcdef"

static char told[65536]; /* what the last load reported, one problem a line */
static char folder[] = "/tmp/sidetone-config-XXXXXX";

static void setup(void)
{
    unsetenv("SIDETONE_AUTH_SECRET");
    unsetenv("SIDETONE_AUTH_SECRET_FILE");
    unsetenv("SIDETONE_MODELS");
    strcpy(folder + sizeof(folder) - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
    static const char *const names[] = {"secret", "token", "a.yaml", "cert.pem", "key.pem"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(names[i]);
    rmdir(".sidetone/models");
    rmdir(".sidetone");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void tell(void *user, const char *text)
{
    size_t len = strlen(told);
    snprintf(told + len, sizeof(told) - len, "%s\n", text);
}

static void write_file(const char *path, const char *text, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, bytes, file), bytes);
    fclose(file);
}

static struct st_config *load_n(const char *text, size_t bytes)
{
    struct st_config_report report;
    struct st_config *config = NULL;
    told[0] = '\0';
    st_config_report_init(&report, "a.yaml");
    int err = st_config_load_text(&config, &report, text, bytes);
    size_t count = st_problems_send(&report.problems, tell, NULL);
    ck_assert((err == 0) == (count == 0));
    ck_assert((err == 0) == (config != NULL));
    st_config_report_fini(&report);
    return config;
}

static struct st_config *load(const char *text)
{
    struct st_config *config = load_n(text, text ? strlen(text) : 0);
    ck_assert_msg(config != NULL, "%s", told);
    return config;
}

static void expect_told(const char *text, const char *problems)
{
    struct st_config *config = load_n(text, strlen(text));
    ck_assert_msg(!config, "accepted: %s", text);
    ck_assert_str_eq(told, problems);
}

/* ---- what is good ---- */

static void expect_defaults(const struct st_config *config)
{
    ck_assert_uint_eq(config->threads, 0);
    ck_assert_str_eq(config->listen.address, "127.0.0.1");
    ck_assert_uint_eq(config->listen.port, 8080);
    ck_assert_str_eq(config->listen.public_url, "");
    ck_assert_ptr_null(config->listen.tls.certificate_file);
    ck_assert_ptr_null(config->listen.tls.key_file);
    ck_assert_uint_eq(config->operations.port, 9090);
    ck_assert(!config->operations.is_off);
    ck_assert_uint_eq(config->limits.connections, 10000);
    ck_assert_uint_eq(config->limits.message_bytes, 65536);
    ck_assert_uint_eq(config->limits.ping_interval_s, 20);
    ck_assert_str_eq(config->log.format, "human");
    ck_assert_str_eq(config->log.level, "info");
    ck_assert_uint_eq(config->log.module_count, 0);
    ck_assert_str_eq(config->auth.secret, "");
    ck_assert_uint_eq(config->auth.origin_count, 0);
    ck_assert_uint_eq(config->tenant_count, 1);
    ck_assert_uint_eq(config->tenants[0].route_count, 1);
    const struct st_config_route *route = &config->tenants[0].routes[0];
    ck_assert_str_eq(config->tenants[0].name, "default");
    ck_assert_str_eq(route->name, "default");
    ck_assert_uint_eq(route->engine_count, 1);
    ck_assert_str_eq(route->engines[0], "auto");
    ck_assert_str_eq(route->language, "en-US");
    ck_assert(route->wants_partials);
    ck_assert_int_eq(route->twilio.inbound, ST_ROLE_CUSTOMER);
    ck_assert(!route->transcript.removes_disfluencies && !route->transcript.masks_profanity);
    ck_assert(!route->transcript.writes_digits && !route->transcript.begins_sentences);
    ck_assert(config->profanity.has_own);
    ck_assert_uint_eq(config->profanity.word_count + config->profanity.file_count, 0);
    ck_assert_uint_eq(config->engines.moonshine.beam, 2);
    ck_assert_str_eq(config->engines.pocketsphinx.model_dir, "/usr/share/pocketsphinx/model/en-us");
    ck_assert_ptr_null(config->categories);
    ck_assert_uint_eq(config->rules.file_count, 0);
    ck_assert_uint_eq(config->push.queue_bytes, 262144);
    ck_assert_uint_eq(config->rtp.first_port, 0);
    ck_assert_int_eq(config->rtp.source, ST_CONFIG_RTP_IP);
    ck_assert_uint_eq(config->rtp.reorder_ms, 80);
    ck_assert_uint_eq(config->calls.keep_ended_s, 600);
}

START_TEST(nothing_gives_the_defaults)
{
    static const char *const rows[] = {NULL,
                                       "",
                                       "# nothing\n",
                                       "---\n",
                                       "{}",
                                       "~",
                                       "listen:",
                                       "tenants:\nlisten:\n  tls:\n",
                                       "log:\n  modules:\nauth: {origins: []}\n"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_config *config = load(rows[i]);
        expect_defaults(config);
        st_config_free(config);
    }
    st_config_free(NULL);
}
END_TEST

START_TEST(no_path_gives_the_defaults)
{
    struct st_config *config;
    ck_assert_int_eq(st_config_load(&config, NULL, tell, NULL), 0);
    expect_defaults(config);
    st_config_free(config);
}
END_TEST

START_TEST(transcripts_and_profanity_are_read)
{
    struct st_config *config =
        load("tenants: [{routes: [{transcript: {disfluencies: remove, profanity: mask, numbers: "
             "digits, case: sentence}}]}]\nprofanity: {builtin: false, words: [dang, heck*]}\n");
    const struct st_transcript_format *transcript = &config->tenants[0].routes[0].transcript;
    ck_assert(transcript->removes_disfluencies && transcript->masks_profanity);
    ck_assert(transcript->writes_digits && transcript->begins_sentences);
    ck_assert(!config->profanity.has_own);
    ck_assert_uint_eq(config->profanity.word_count, 2);
    ck_assert_str_eq(config->profanity.words[1], "heck*");
    st_config_free(config);
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct st_config *config =
        load("threads: 3\n"
             "listen: {address: '::', port: 0, public_url: 'wss://a.b/c'}\n"
             "operations:\n  disabled: true\n"
             "log: {format: json, level: warn, modules: [{module: net, "
             "level: trace}]}\n"
             "auth: {secret: " SECRET ", origins: ['https://a.b:8443']}\n"
             "tenants:\n"
             "  - name: acme\n"
             "    routes:\n"
             "      - {name: r1, engines: [vosk], partials: false}\n"
             "      - {name: r2, twilio: {auth_token: t, inbound: agent}}\n"
             "  - {}\n"
             "engines: {remote: [{name: vosk, type: vosk, url: 'ws://127.0.0.1:2700'}]}\n"
             "categories:\n"
             "  - name: \"caf\\u00e9 \\\"x\\\"\"\n"
             "    severity: critical\n"
             "    role: agent\n"
             "    phrases: [one, ' two ', \"t\\thr\\nee\"]\n");
    ck_assert_uint_eq(config->threads, 3);
    ck_assert_str_eq(config->listen.address, "::");
    ck_assert_uint_eq(config->listen.port, 0);
    ck_assert(config->operations.is_off);
    ck_assert_str_eq(config->log.modules[0].module, "net");
    ck_assert_str_eq(config->log.modules[0].level, "trace");
    ck_assert_str_eq(config->auth.origins[0], "https://a.b:8443");
    ck_assert_uint_eq(config->tenant_count, 2);
    ck_assert(!config->tenants[0].routes[0].wants_partials);
    ck_assert_str_eq(config->tenants[0].routes[0].engines[0], "vosk");
    ck_assert_str_eq(config->tenants[0].routes[1].engines[0], "auto");
    ck_assert_int_eq(config->tenants[0].routes[1].twilio.inbound, ST_ROLE_AGENT);
    ck_assert_str_eq(config->tenants[1].name, "default");
    const struct st_node *list = st_document_root(config->categories);
    ck_assert_uint_eq(list->count, 1);
    ck_assert_int_eq(list->nodes[0].line, 15);
    ck_assert_str_eq(st_node_find(&list->nodes[0], "name")->text, "caf\xc3\xa9 \"x\"");
    ck_assert_str_eq(st_node_find(&list->nodes[0], "phrases")->nodes[2].text, "t\thr\nee");
    ck_assert_str_eq(config->name, "a.yaml");
    st_config_free(config);
}
END_TEST

START_TEST(tenants_and_routes_are_found_by_name)
{
    struct st_config *config = load("tenants: [{name: acme, routes: [{name: a}]}, {}]");
    const struct st_config_tenant *acme = st_config_tenant_find(config, "acme/x", 4);
    ck_assert_ptr_eq(acme, &config->tenants[0]);
    ck_assert_ptr_eq(st_config_tenant_find(config, NULL, 0), &config->tenants[1]);
    ck_assert_ptr_eq(st_config_tenant_find(config, "", 0), &config->tenants[1]);
    ck_assert_ptr_null(st_config_tenant_find(config, "acm", 3));
    ck_assert_ptr_null(st_config_tenant_find(config, "acme2", 5));
    ck_assert_ptr_eq(st_config_route_find(acme, "a", 1), &acme->routes[0]);
    ck_assert_ptr_null(st_config_route_find(acme, NULL, 0));
    st_config_free(config);
}
END_TEST

START_TEST(languages_are_found_with_and_without_their_region)
{
    struct st_config *config = load("tenants: [{routes: [{languages: [{language: es}, "
                                    "{language: es-MX, engines: [x, auto], hints: [a b]}, "
                                    "{language: pt-BR}]}]}]");
    const struct st_config_route *route = &config->tenants[0].routes[0];
    ck_assert_ptr_eq(st_config_language_find(route, "es"), &route->languages[0]);
    ck_assert_ptr_eq(st_config_language_find(route, "es-ES"), &route->languages[0]);
    ck_assert_ptr_eq(st_config_language_find(route, "ES-mx"), &route->languages[1]);
    ck_assert_ptr_null(st_config_language_find(route, "pt-PT"));
    ck_assert_ptr_null(st_config_language_find(route, "en-US"));
    ck_assert_uint_eq(route->languages[1].engine_count, 2);
    ck_assert_str_eq(route->languages[1].engines[1], "auto");
    ck_assert_str_eq(route->languages[1].hints[0], "a b");
    st_config_free(config);
}
END_TEST

START_TEST(models_are_looked_for_in_order)
{
    struct st_config *config = load(NULL);
    struct st_config *own = load("engines: {moonshine: {models_dir: /opt/m}}");
    ck_assert_str_eq(st_config_models_dir(&config->engines), "/usr/share/sidetone/models");
    mkdir(".sidetone", 0700);
    mkdir(".sidetone/models", 0700);
    ck_assert_str_eq(st_config_models_dir(&config->engines), "./.sidetone/models");
    setenv("SIDETONE_MODELS", "/srv/m", 1);
    ck_assert_str_eq(st_config_models_dir(&config->engines), "/srv/m");
    ck_assert_str_eq(st_config_models_dir(&own->engines), "/opt/m");
    st_config_free(config);
    st_config_free(own);
}
END_TEST

/* ---- what is not ---- */

static const struct {
    const char *text;
    const char *problems;
} structure_rows[] = {
    {"tenants:\n- routes:\n  - hints:\n    - ''\n    - "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
     "a.yaml:4: 'tenants[0].routes[0].hints[0]' is empty\n"
     "a.yaml:5: 'tenants[0].routes[0].hints[1]' is too long\n"},
    {"listen:\n  prot: 1\n", "a.yaml:2: unknown key 'prot' in 'listen', did you mean 'port'?\n"},
    {"lisen: {}\n", "a.yaml:1: unknown key 'lisen', did you mean 'listen'?\n"},
    {"\n\nxylophone: 1\n", "a.yaml:3: unknown key 'xylophone'\n"},
    {"listen: {port: 70000}\n",
     "a.yaml:1: 'listen.port' must be a whole number from 0 to 65535, not '70000'\n"},
    {"threads: -1\n", "a.yaml:1: 'threads' must be a whole number from 0 to 256, not '-1'\n"},
    {"threads: 010\n", "a.yaml:1: 'threads' must be a whole number from 0 to 256, not '010'\n"},
    {"threads: 0x10\n", "a.yaml:1: 'threads' must be a whole number from 0 to 256, not '0x10'\n"},
    {"threads: 1.0\n", "a.yaml:1: 'threads' must be a whole number from 0 to 256, not '1.0'\n"},
    {"threads:\n", "a.yaml:1: 'threads' must be a whole number from 0 to 256, not ''\n"},
    {"threads: 99999999999999999999999\n",
     "a.yaml:1: 'threads' must be a whole number from 0 to 256, not '99999999999999999999999'\n"},
    {"threads: [1]\n", "a.yaml:1: 'threads' must be a single value, not a list\n"},
    {"threads: {a: 1}\n", "a.yaml:1: 'threads' must be a single value, not a section\n"},
    {"listen: 8080\n", "a.yaml:1: 'listen' must be a section with keys\n"},
    {"listen: [a]\n", "a.yaml:1: 'listen' must be a section with keys\n"},
    {"tenants: {name: a}\n", "a.yaml:1: 'tenants' must be a list\n"},
    {"tenants: []\n", "a.yaml:1: 'tenants' needs an entry\n"},
    {"operations: {disabled: off}\n",
     "a.yaml:1: 'operations.disabled' must be true or false, not 'off'\n"},
    {"threads: 1\nlisten: {}\nthreads: 2\n",
     "a.yaml:3: 'threads' is given twice, first in line 1\n"},
    {"log: {level: \"a\\0b\"}\n", "a.yaml:1: 'log.level' holds a NUL character\n"},
    {"\"threads\\0x\": 1\n", "a.yaml:1: a key must be a word\n"},
    {"[a]: 1\n", "a.yaml:1: a key must be a word\n"},
    {"- a\n", "a.yaml:1: a configuration is a section with keys\n"},
    {"a\n", "a.yaml:1: a configuration is a section with keys\n"},
    {"a: &x 1\n", "a.yaml:1: anchors and aliases are not supported\n"},
    {"a: *x\n", "a.yaml:1: anchors and aliases are not supported\n"},
    {"threads: !!int 1\n", "a.yaml:1: tags are not supported\n"},
    {"threads: 1\n---\nthreads: 2\n", "a.yaml:2: a second document: everything belongs into one\n"},
    {"a: [[[[[[[[[[[[[[[[[[[[[[", "a.yaml:1: nested too deeply\n"},
    {"a: b: c\n", "a.yaml:1: this is no YAML: mapping values are not allowed in this context\n"},
    {"\n\ta: 1\n", "a.yaml:2: this is no YAML: found character that cannot start any token\n"},
    {"a: \"open\n", "a.yaml:2: this is no YAML: found unexpected end of stream\n"},
    {"a: \x01\n", "a.yaml:1: this is no YAML: control characters are not allowed\n"},
    {"a: \xff\xfe\n", "a.yaml:1: this is no YAML: invalid leading UTF-8 octet\n"},
};

START_TEST(structural_problems_are_told_with_their_line)
{
    for (size_t i = 0; i < sizeof(structure_rows) / sizeof(structure_rows[0]); i++)
        expect_told(structure_rows[i].text, structure_rows[i].problems);
}
END_TEST

static const struct {
    const char *text;
    const char *problems;
} sense_rows[] = {
    {"listen:\n  address: localhost\n",
     "a.yaml:2: 'listen.address' must be an IP address, not 'localhost'\n"},
    {"operations:\n  address: ''\n",
     "a.yaml:2: 'operations.address' must be an IP address, not ''\n"},
    {"listen:\n  public_url: ftp://a\n",
     "a.yaml:2: 'listen.public_url' must be a URL beginning with https:// or http://\n"},
    {"listen:\n  public_url: 'https://'\n",
     "a.yaml:2: 'listen.public_url' must be a URL beginning with https:// or http://\n"},
    {"engines: {remote: [{name: a, type: vosk, url: 'ftp://a'}]}\n",
     "a.yaml:1: 'engines.remote[0].url' must be a URL beginning with wss:// or https://\n"},
    {"engines: {remote: [{name: a, type: vosk}, {name: a, type: vosk}]}\n",
     "a.yaml:1: engine 'a' is given twice\n"},
    {"engines: {remote: [{name: a, type: vosk, parameters: [loud]}]}\n",
     "a.yaml:1: 'engines.remote[0].parameters[0]' must be written as name=value\n"},
    {"tenants: [{routes: [{engines: [a, b, a]}]}]\n", "a.yaml:1: engine 'a' is given twice\n"},
    {"tenants: [{routes: [{languages: [{language: 'es/x'}]}]}]\n",
     "a.yaml:1: 'tenants[0].routes[0].languages[0].language' must be a language such as en-US\n"},
    {"tenants: [{routes: [{languages: [{language: es}, {language: ES}]}]}]\n",
     "a.yaml:1: language 'ES' is given twice\n"},
    {"tenants:\n- routes:\n  - hints:\n    - Kubernetes\n    - \"Ku\\tber\"\n    - ' '\n",
     "a.yaml:5: 'tenants[0].routes[0].hints[1]' holds a control character\n"
     "a.yaml:6: 'tenants[0].routes[0].hints[2]' holds no letter or digit\n"},
    {"tenants: [{routes: [{languages: [{language: es, hints: [Ñuñez, '?']}]}]}]\n",
     "a.yaml:1: 'tenants[0].routes[0].languages[0].hints[1]' holds no letter or digit\n"},
    {"engines:\n  remote:\n  - name: a\n    type: vosk\n    hints:\n    - \"a\\x85b\"\n",
     "a.yaml:6: 'engines.remote[0].hints[0]' holds a control character\n"},
    {"operations:\n  port: 8080\n",
     "a.yaml:2: 'operations' and 'listen' cannot have the same address and port\n"},
    {"listen:\n  tls:\n    certificate_file: /dev/null\n",
     "a.yaml:3: 'listen.tls' needs both certificate_file and key_file\n"},
    {"listen:\n  tls:\n    key_file: /dev/null\n",
     "a.yaml:3: 'listen.tls' needs both certificate_file and key_file\n"},
    {"listen: {tls: {certificate_file: cert.pem, key_file: /dev/null}}\n",
     "a.yaml:1: 'listen.tls.certificate_file': cert.pem: no such file or directory\n"},
    {"limits: {ping_interval_s: 60}\n",
     "a.yaml:1: 'limits.ping_interval_s' must be less than 'limits.idle_timeout_s'\n"},
    {"limits:\n  connections: 10\n",
     "a.yaml:1: 'limits.connections_per_address' is more than 'limits.connections'\n"},
    {"push: {queue_bytes: 4096}\n",
     "a.yaml:1: 'push.partial_bytes' is more than 'push.queue_bytes'\n"},
    {"rtp: {address: here, first_port: 20001, last_port: 20001}\n",
     "a.yaml:1: 'rtp.address' must be an IP address, not 'here'\n"
     "a.yaml:1: 'rtp.first_port' must be 0 or an even port from 1024\n"
     "a.yaml:1: 'rtp.last_port' must be more than 'rtp.first_port'\n"},
    {"rtp:\n  address: 0.0.0.0\n  first_port: 20000\n  last_port: 20099\n",
     "a.yaml:2: 'rtp.address' 0.0.0.0 is every address of this machine: say with 'rtp.advertised' "
     "which of them senders are to send to\n"},
    {"rtp:\n  address: \"::\"\n  advertised: 0::0\n  first_port: 20000\n  last_port: 20099\n",
     "a.yaml:3: 'rtp.advertised' must be an address that senders can send to, not 0::0\n"},
    {"rtp:\n  advertised: gw.example.com\n",
     "a.yaml:2: 'rtp.advertised' must be an IP address, not 'gw.example.com'\n"},
    {"siprec:\n  listen:\n  - {address: here, transport: tls}\n",
     "a.yaml:3: 'siprec.listen[0].address' must be an IP address, not 'here'\n"
     "a.yaml:3: 'siprec.listen[0].transport' tls needs 'siprec.tls.certificate_file' and "
     "'siprec.tls.key_file'\n"},
    {"siprec:\n  listen:\n  - {address: 0.0.0.0}\n  - {address: '::'}\n",
     "a.yaml:3: 'siprec.listen[0].address' is every address of this machine: 'siprec.advertised' "
     "must say by which peers reach it\n"},
    {"siprec:\n  listen:\n  - {address: 0::0}\n",
     "a.yaml:3: 'siprec.listen[0].address' is every address of this machine: 'siprec.advertised' "
     "must say by which peers reach it\n"},
    {"siprec:\n  listen: [{}]\n  tenant: acme\n", "a.yaml:3: there is no tenant 'acme'\n"},
    {"siprec:\n  listen: [{}]\n  route: x\n", "a.yaml:3: tenant 'default' has no route 'x'\n"},
    {"siprec:\n  sources: [10.0.0.0/8, 10.0.0.0/33, '::/0', sbc.example]\n  realm: 'a\"b'\n",
     "a.yaml:2: 'siprec.sources[1]' must be an IP address or a prefix such as 10.0.0.0/8\n"
     "a.yaml:2: 'siprec.sources[3]' must be an IP address or a prefix such as 10.0.0.0/8\n"
     "a.yaml:3: 'siprec.realm' cannot have quotes or backslashes in it\n"},
    {"siprec:\n  roles:\n  - {role: agent, header: X-Leg}\n",
     "a.yaml:3: 'siprec.roles[0].header' must be written as Name: value\n"},
    {"log:\n  level: inof\n", "a.yaml:2: 'log.level' cannot be 'inof', did you mean 'info'?\n"},
    {"log: {format: xml}\n", "a.yaml:1: 'log.format' cannot be 'xml'\n"},
    {"log:\n  modules:\n  - module: nett\n    level: infoo\n",
     "a.yaml:3: 'log.modules[0].module' cannot be 'nett', did you mean 'net'?\n"
     "a.yaml:4: 'log.modules[0].level' cannot be 'infoo', did you mean 'info'?\n"},
    {"log:\n  modules:\n  - {module: net, level: info}\n  - {module: net, level: off}\n",
     "a.yaml:4: module 'net' is given twice\n"},
    {"auth:\n  secret: short\n",
     "a.yaml:2: the secret must have at least 32 bytes, this one has 5\n"},
    {"auth: {origins: ['https://A.b', 'https://a.b/', '*', 'null', 'https://a.b']}\n",
     "a.yaml:1: 'auth.origins[0]' must be an origin such as https://desk.example.com, in lower "
     "case and without a path\n"
     "a.yaml:1: 'auth.origins[1]' must be an origin such as https://desk.example.com, in lower "
     "case and without a path\n"
     "a.yaml:1: 'auth.origins[2]' must be an origin such as https://desk.example.com, in lower "
     "case and without a path\n"
     "a.yaml:1: 'auth.origins[3]' must be an origin such as https://desk.example.com, in lower "
     "case and without a path\n"},
    {"tenants:\n- name: a\n- name: b\n- name: a\n", "a.yaml:4: tenant 'a' is given twice\n"},
    {"tenants:\n- {}\n- {}\n", "a.yaml:3: tenant 'default' is given twice\n"},
    {"tenants:\n- routes:\n  - name: r\n  - name: r\n", "a.yaml:4: route 'r' is given twice\n"},
    {"tenants:\n- name: a/b\n",
     "a.yaml:2: 'tenants[0].name' stands in URLs: letters, digits, '-', '_' and '.' only\n"},
    {"tenants:\n- routes:\n  - name: ..\n",
     "a.yaml:3: 'tenants[0].routes[0].name' stands in URLs: letters, digits, '-', '_' and '.' "
     "only\n"},
    {"tenants:\n- routes:\n  - language: en_US\n",
     "a.yaml:3: 'tenants[0].routes[0].language' must be a language such as en-US\n"},
    {"profanity: {files: [none.txt]}\n",
     "a.yaml:1: 'profanity.files[0]': none.txt: no such file or directory\n"},
    {"tenants: [{routes: [{transcript: {case: title}}]}]\n",
     "a.yaml:1: 'tenants[0].routes[0].transcript.case' must be as_engine or sentence, not "
     "'title'\n"},
    {"sentiment: {lexicon_file: none.txt}\n",
     "a.yaml:1: 'sentiment.lexicon_file': none.txt: no such file or directory\n"},
};

START_TEST(values_that_make_no_sense_are_told_with_their_line)
{
    for (size_t i = 0; i < sizeof(sense_rows) / sizeof(sense_rows[0]); i++)
        expect_told(sense_rows[i].text, sense_rows[i].problems);
}
END_TEST

START_TEST(every_problem_is_told_in_one_run_and_in_order)
{
    expect_told("tenants:\n"
                "- name: ''\n"
                "  route: [x]\n"
                "- name: b\n"
                "  rules:\n"
                "    files: [' ']\n"
                "log: {level: nifo}\n"
                "listen:\n"
                "  port: x\n"
                "auth:\n"
                "  secret: short\n",
                "a.yaml:2: 'tenants[0].name' is empty\n"
                "a.yaml:3: unknown key 'route' in 'tenants[0]', did you mean 'routes'?\n"
                "a.yaml:6: 'tenants[1].rules.files[0]':  : no such file or directory\n"
                "a.yaml:7: 'log.level' cannot be 'nifo', did you mean 'info'?\n"
                "a.yaml:9: 'listen.port' must be a whole number from 0 to 65535, not 'x'\n"
                "a.yaml:11: the secret must have at least 32 bytes, this one has 5\n");
}
END_TEST

START_TEST(a_problem_has_no_echo)
{
    expect_told("listen:\n  tls:\n    certificate_file: /dev/null\n    key_fil: /dev/null\n",
                "a.yaml:4: unknown key 'key_fil' in 'listen.tls', did you mean 'key_file'?\n");
}
END_TEST

START_TEST(values_shown_are_short_and_harmless)
{
    expect_told("threads: \"\\e[31m\\n0123456789012345678901234567890123456789\"\n",
                "a.yaml:1: 'threads' must be a whole number from 0 to 256, not "
                "'?[31m?0123456789012345678901234567890123...'\n");
}
END_TEST

/* ---- secrets ---- */

START_TEST(secrets_come_from_files)
{
    write_file("secret", SECRET "\r\n", 34);
    write_file("token", "tok en\n\n", 8);
    struct st_config *config = load("auth: {secret_file: secret}\n"
                                    "tenants: [{routes: [{twilio: {auth_token_file: token}}]}]\n");
    ck_assert_str_eq(config->auth.secret, SECRET);
    ck_assert_str_eq(config->auth.secret_file, "secret");
    ck_assert_str_eq(config->tenants[0].routes[0].twilio.auth_token, "tok en");
    st_config_free(config);
}
END_TEST

START_TEST(secret_files_that_hold_none_are_refused)
{
    static char large[5000];
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: 'auth.secret_file': secret: no such file or directory\n");
    expect_told("auth:\n  secret_file: /tmp\n",
                "a.yaml:2: 'auth.secret_file': /tmp: is not a file\n");
    expect_told("auth:\n  secret_file: /dev/zero\n",
                "a.yaml:2: 'auth.secret_file': /dev/zero: is not a file\n");
    write_file("secret", "", 0);
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: 'auth.secret_file': secret: is empty\n");
    write_file("secret", "\r\n\n", 3);
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: 'auth.secret_file': secret: is empty\n");
    write_file("secret", "a\0b", 3);
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: 'auth.secret_file': secret: holds a NUL character\n");
    write_file("secret", "short", 5);
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: the secret must have at least 32 bytes, this one has 5\n");
    memset(large, 'a', sizeof(large));
    write_file("secret", large, sizeof(large));
    expect_told("auth:\n  secret_file: secret\n",
                "a.yaml:2: 'auth.secret_file': secret: is larger than 4096 bytes\n");
}
END_TEST

START_TEST(a_secret_given_twice_is_refused)
{
    write_file("secret", SECRET, 32);
    expect_told("auth:\n  secret: " SECRET "\n  secret_file: secret\n",
                "a.yaml:3: 'auth.secret' and 'auth.secret_file' are both given\n");
    expect_told("tenants:\n- routes:\n  - twilio:\n      auth_token: a\n      auth_token_file: b\n",
                "a.yaml:5: 'tenants[0].routes[0].twilio.auth_token' and "
                "'tenants[0].routes[0].twilio.auth_token_file' are both given\n");
}
END_TEST

START_TEST(the_environment_replaces_the_files_secret)
{
    setenv("SIDETONE_AUTH_SECRET", "x" SECRET, 1);
    struct st_config *config = load("auth: {secret: short, secret_file: nowhere}");
    ck_assert_str_eq(config->auth.secret, "x" SECRET);
    ck_assert_str_eq(config->auth.secret_file, "");
    st_config_free(config);
    unsetenv("SIDETONE_AUTH_SECRET");
    write_file("secret", SECRET "\n", 33);
    setenv("SIDETONE_AUTH_SECRET_FILE", "secret", 1);
    config = load("auth: {secret: short}");
    ck_assert_str_eq(config->auth.secret, SECRET);
    st_config_free(config);
}
END_TEST

START_TEST(a_broken_environment_is_refused)
{
    setenv("SIDETONE_AUTH_SECRET", "", 1);
    expect_told("", "environment: SIDETONE_AUTH_SECRET is set, but empty\n");
    setenv("SIDETONE_AUTH_SECRET", "short", 1);
    expect_told("", "environment: the secret must have at least 32 bytes, this one has 5\n");
    setenv("SIDETONE_AUTH_SECRET", SECRET, 1);
    setenv("SIDETONE_AUTH_SECRET_FILE", "secret", 1);
    expect_told("", "environment: SIDETONE_AUTH_SECRET and SIDETONE_AUTH_SECRET_FILE are both "
                    "set\n");
    unsetenv("SIDETONE_AUTH_SECRET");
    expect_told("lisen: {}", "environment: SIDETONE_AUTH_SECRET_FILE: secret: no such file or "
                             "directory\n"
                             "a.yaml:1: unknown key 'lisen', did you mean 'listen'?\n");
}
END_TEST

START_TEST(no_message_holds_a_secret)
{
    static const char *const rows[] = {
        "auth: hunter2",
        "auth: [hunter2]",
        "auth: {secret: hunter2}",
        "auth: {secret: [hunter2]}",
        "auth: {secret: {a: hunter2}}",
        "auth: {secret: \"hunter2\\0\"}",
        "auth: {secret: hunter2, secret: hunter2}",
        "tenants: [{routes: [{twilio: {auth_token: [hunter2]}}]}]",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_ptr_null(load_n(rows[i], strlen(rows[i])));
        ck_assert_msg(!strstr(told, "hunter2"), "%s", told);
    }
}
END_TEST

/* ---- files and hostile text ---- */

START_TEST(files_are_loaded_by_path)
{
    struct st_config *config = NULL;
    told[0] = '\0';
    write_file("a.yaml", "threads: 2\n", 11);
    ck_assert_int_eq(st_config_load(&config, "a.yaml", tell, NULL), 0);
    ck_assert_uint_eq(config->threads, 2);
    st_config_free(config);
    config = NULL;
    ck_assert_int_eq(st_config_load(&config, "none.yaml", tell, NULL), -ENOENT);
    ck_assert_int_eq(st_config_load(&config, "/tmp", tell, NULL), -EINVAL);
    ck_assert_int_eq(st_config_load(&config, "none.yaml", NULL, NULL), -ENOENT);
    ck_assert_ptr_null(config);
    ck_assert_str_eq(told, "none.yaml: no such file or directory\n/tmp: is not a file\n");
}
END_TEST

START_TEST(a_huge_file_is_refused)
{
    size_t bytes = 10 << 20;
    char *text = malloc(bytes);
    memset(text, '#', bytes);
    write_file("a.yaml", text, bytes);
    free(text);
    struct st_config *config = NULL;
    told[0] = '\0';
    ck_assert_int_eq(st_config_load(&config, "a.yaml", tell, NULL), -EFBIG);
    ck_assert_str_eq(told, "a.yaml: is larger than a configuration may be (1 MiB)\n");
}
END_TEST

START_TEST(loopback_addresses_are_known)
{
    static const char *const here[] = {"127.0.0.1", "127.8.9.1", "::1", "localhost"};
    static const char *const wider[] = {"0.0.0.0", "10.0.0.1", "::", "fe80::1", "", "localhost.x"};
    for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
        ck_assert_msg(st_config_is_loopback(here[i]), "%s", here[i]);
    for (size_t i = 0; i < sizeof(wider) / sizeof(wider[0]); i++)
        ck_assert_msg(!st_config_is_loopback(wider[i]), "%s", wider[i]);
}
END_TEST

START_TEST(hostile_text_is_refused_soon)
{
    static const char *const units[] = {
        "[",           "{",     "? ",        "- ", "{a: ", "a: &a [*a,*a]\n",
        "k:\n",        "- a\n", "\"",        "'",  "|\n",  "%YAML 1.1\n---\n",
        "x: {a: 1}\n", "[],",   "? a\n: b\n"};
    size_t bytes = 1 << 20;
    char *text = malloc(bytes);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at < bytes; at++)
            text[at] = units[i][at % len];
        ck_assert_msg(!load_n(text, bytes), "accepted '%s'", units[i]);
    }
    free(text);
}
END_TEST

START_TEST(a_file_full_of_mistakes_gives_a_hundred_lines)
{
    size_t bytes = 0;
    char *text = malloc(1 << 20);
    for (int i = 0; i < 40000; i++)
        bytes += (size_t)sprintf(text + bytes, "lisen%d: {}\n", i);
    ck_assert_ptr_null(load_n(text, bytes));
    int lines = 0;
    for (const char *at = told; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_int_eq(lines, 100);
    free(text);
}
END_TEST

START_TEST(a_text_cut_anywhere_loads_or_is_refused)
{
    static const char text[] = "listen: {port: 1}\ntenants:\n  - name: \"a\"\n    routes:\n"
                               "      - {name: b, twilio: {inbound: agent}}\ncategories:\n"
                               "  - {name: c, phrases: ['d', e]}\n";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, text, cut);
        st_config_free(load_n(exact, cut));
        free(exact);
    }
}
END_TEST

/* ---- the documented file ---- */

static char *read_documented(void)
{
    char *text;
    size_t bytes;
    ck_assert_int_eq(st_file_read(ST_SOURCE_ROOT "/deploy/sidetone.yaml", 1 << 20, &text, &bytes),
                     0);
    return text;
}

/* Removes one # from every line that has only one. */
static char *uncommented(void)
{
    char *text = read_documented(), *out = text;
    bool is_line_start = true;
    for (const char *at = text; *at; at++) {
        if (is_line_start && at[0] == '#' && at[1] != '#') {
            is_line_start = false;
            continue;
        }
        is_line_start = *at == '\n';
        *out++ = *at;
    }
    *out = '\0';
    return text;
}

static char *saved(struct st_config *config)
{
    static const cyaml_config_t cyaml = {.mem_fn = cyaml_mem};
    char *text = NULL;
    size_t len = 0;
    ck_assert_int_eq(cyaml_save_data(&text, &len, &cyaml, st_config_schema(), config, 0), CYAML_OK);
    text = realloc(text, len + 1);
    text[len] = '\0';
    return text;
}

START_TEST(the_documented_file_as_it_is_gives_the_defaults)
{
    char *text = read_documented();
    struct st_config *config = load(text);
    expect_defaults(config);
    st_config_free(config);
    free(text);
}
END_TEST

/* The lists whose default is empty hold an example, in which what may be absent is default, too. */
START_TEST(the_documented_defaults_are_the_defaults)
{
    char *text = uncommented();
    struct st_config *documented = load(text), *defaults = load(NULL);
    ck_assert_uint_eq(st_document_root(documented->categories)->count, 1);
    ck_assert_uint_eq(documented->log.module_count, 1);
    ck_assert_str_eq(documented->log.modules[0].level, documented->log.level);
    ck_assert_uint_eq(documented->alerts.category_count, 1);
    ck_assert_uint_eq(documented->alerts.categories[0].dedupe_s, documented->alerts.dedupe_s);
    ck_assert_uint_eq(documented->team_count, 1);
    struct st_config_alert_category *alerts = documented->alerts.categories;
    struct st_config_team *teams = documented->teams;
    ck_assert_uint_eq(documented->engines.remote_count, 1);
    struct st_config_remote_engine *remote = documented->engines.remote;
    ck_assert_uint_eq(remote->stall_s + remote->session_s + remote->streams + remote->opens_per_s,
                      0);
    struct st_config_route *route = &documented->tenants[0].routes[0];
    ck_assert_uint_eq(route->language_count, 1);
    struct st_config_route_language *languages = route->languages;
    ck_assert_uint_eq(languages->engine_count + languages->hint_count, 0);
    route->language_count = 0;
    route->languages = NULL;
    documented->engines.remote_count = 0;
    documented->engines.remote = NULL;
    documented->alerts.category_count = documented->team_count = 0;
    documented->alerts.categories = NULL;
    documented->teams = NULL;
    struct st_config_siprec *siprec = &documented->siprec, examples = documented->siprec;
    ck_assert_uint_eq(siprec->listen_count + siprec->user_count + siprec->role_count, 3);
    siprec->listen_count = siprec->user_count = siprec->role_count = 0;
    siprec->listen = NULL;
    siprec->users = NULL;
    siprec->roles = NULL;
    struct st_config_log_level *modules = documented->log.modules;
    documented->log.module_count = 0;
    documented->log.modules = NULL;
    char *a = saved(documented), *b = saved(defaults);
    ck_assert_str_eq(a, b);
    route->language_count = 1;
    route->languages = languages;
    documented->engines.remote_count = 1;
    documented->engines.remote = remote;
    documented->log.module_count = 1;
    documented->alerts.category_count = documented->team_count = 1;
    documented->alerts.categories = alerts;
    documented->teams = teams;
    documented->siprec = examples;
    documented->log.modules = modules;
    st_config_free(documented);
    st_config_free(defaults);
    free(a);
    free(b);
    free(text);
}
END_TEST

static int find_value(yaml_document_t *document, int id, const char *key)
{
    yaml_node_t *node = yaml_document_get_node(document, id);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++)
        if (strcmp((char *)yaml_document_get_node(document, pair->key)->data.scalar.value, key) ==
            0)
            return pair->value;
    return 0;
}

static void expect_keys(yaml_document_t *document, const cyaml_schema_field_t *fields, int id,
                        const char *above)
{
    for (; fields->key; fields++) {
        char path[ST_CONFIG_PATH_MAX];
        const cyaml_schema_value_t *schema = &fields->value;
        int value = find_value(document, id, fields->key);
        snprintf(path, sizeof(path), "%s%s%s", above, *above ? "." : "", fields->key);
        ck_assert_msg(value != 0, "'%s' is not documented", path);
        if (schema->type != CYAML_MAPPING)
            ck_assert_msg(st_config_option_find(path) != NULL, "'%s' is no option", path);
        if (schema->type == CYAML_SEQUENCE && schema->sequence.entry->type == CYAML_MAPPING) {
            schema = schema->sequence.entry;
            value = yaml_document_get_node(document, value)->data.sequence.items.start[0];
            strcat(path, "[]");
        }
        if (schema->type == CYAML_MAPPING)
            expect_keys(document, schema->mapping.fields, value, path);
    }
}

START_TEST(every_option_is_documented)
{
    struct st_config_report report;
    yaml_document_t document;
    char *text = uncommented();
    st_config_report_init(&report, "sidetone.yaml");
    ck_assert_int_eq(st_config_document_read(&document, text, strlen(text), &report), 1);
    expect_keys(&document, st_config_schema()->mapping.fields, 1, "");
    yaml_document_delete(&document);
    st_config_report_fini(&report);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, nothing_gives_the_defaults);
    tcase_add_test(tcase, no_path_gives_the_defaults);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, transcripts_and_profanity_are_read);
    tcase_add_test(tcase, tenants_and_routes_are_found_by_name);
    tcase_add_test(tcase, loopback_addresses_are_known);
    tcase_add_test(tcase, languages_are_found_with_and_without_their_region);
    tcase_add_test(tcase, models_are_looked_for_in_order);
    tcase_add_test(tcase, structural_problems_are_told_with_their_line);
    tcase_add_test(tcase, values_that_make_no_sense_are_told_with_their_line);
    tcase_add_test(tcase, every_problem_is_told_in_one_run_and_in_order);
    tcase_add_test(tcase, a_problem_has_no_echo);
    tcase_add_test(tcase, values_shown_are_short_and_harmless);
    tcase_add_test(tcase, secrets_come_from_files);
    tcase_add_test(tcase, secret_files_that_hold_none_are_refused);
    tcase_add_test(tcase, a_secret_given_twice_is_refused);
    tcase_add_test(tcase, the_environment_replaces_the_files_secret);
    tcase_add_test(tcase, a_broken_environment_is_refused);
    tcase_add_test(tcase, no_message_holds_a_secret);
    tcase_add_test(tcase, files_are_loaded_by_path);
    tcase_add_test(tcase, a_huge_file_is_refused);
    tcase_add_test(tcase, hostile_text_is_refused_soon);
    tcase_add_test(tcase, a_file_full_of_mistakes_gives_a_hundred_lines);
    tcase_add_test(tcase, a_text_cut_anywhere_loads_or_is_refused);
    tcase_add_test(tcase, the_documented_file_as_it_is_gives_the_defaults);
    tcase_add_test(tcase, the_documented_defaults_are_the_defaults);
    tcase_add_test(tcase, every_option_is_documented);
    return run_case("config", tcase);
}
