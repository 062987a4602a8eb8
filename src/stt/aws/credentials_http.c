#include "credentials_http.h"

#include "sidetone/json_scan.h"
#include "sidetone/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ANSWER_MAX_BYTES = 65536 };
static const double EXPIRATION_MAX_S = 1e11; /* some three thousand years */

/* ---- one request ---- */

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct st_aws_answer *answer = user;
    size_t bytes = size * count;
    if (answer->bytes + bytes > ANSWER_MAX_BYTES)
        return 0;
    memcpy(answer->text + answer->bytes, data, bytes);
    answer->bytes += bytes;
    return bytes;
}

static int on_progress(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    const atomic_bool *is_stopping = user;
    return is_stopping && atomic_load(is_stopping);
}

static struct curl_slist *list_headers(const struct st_aws_fetch *fetch)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; fetch->headers && fetch->headers[i]; i++)
        list = curl_slist_append(list, fetch->headers[i]);
    return list;
}

static void set_up(CURL *curl, const struct st_aws_fetch *fetch, struct st_aws_answer *answer,
                   struct curl_slist *headers)
{
    const char *bundle = getenv("AWS_CA_BUNDLE");
    curl_easy_setopt(curl, CURLOPT_URL, fetch->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, fetch->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, fetch->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)fetch->is_stopping);
    if (fetch->is_local)
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (bundle && bundle[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
    if (fetch->body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, fetch->body);
}

int st_aws_fetch(struct st_aws_answer *ret_answer, const struct st_aws_fetch *fetch, char *ret_why,
                 size_t why_bytes)
{
    struct st_aws_answer answer = {.text = st_mem_alloc(ANSWER_MAX_BYTES + 1)};
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = list_headers(fetch);
    CURLcode code = CURLE_FAILED_INIT;
    if (curl) {
        set_up(curl, fetch, &answer, headers);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
        curl_easy_cleanup(curl);
    }
    curl_slist_free_all(headers);
    if (code == CURLE_OK) {
        *ret_answer = answer;
        return 0;
    }
    st_aws_answer_fini(&answer);
    snprintf(ret_why, why_bytes, "%s", curl_easy_strerror(code));
    return code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EHOSTUNREACH;
}

void st_aws_answer_fini(struct st_aws_answer *answer)
{
    if (answer->text)
        OPENSSL_cleanse(answer->text, ANSWER_MAX_BYTES);
    free(answer->text);
    *answer = (struct st_aws_answer){.text = NULL};
}

/* ---- what is in an answer ---- */

/* The last member of that name at any depth; strings and numbers. */
static bool find_member(struct st_scan *scan, const char *name, char *out, size_t out_bytes);

static bool take_value(struct st_scan *scan, char *out, size_t out_bytes)
{
    struct st_slice text;
    double number;
    switch (st_scan_peek(scan)) {
    case ST_SCAN_STRING:
        if (!st_scan_string(scan, &text))
            return false;
        if (text.len < out_bytes)
            st_scan_unescape(text, out, out_bytes);
        return true;
    case ST_SCAN_NUMBER:
        if (!st_scan_number(scan, &number))
            return false;
        snprintf(out, out_bytes, "%.3f", number);
        return true;
    default:
        return st_scan_skip(scan);
    }
}

static bool find_in_object(struct st_scan *scan, const char *name, char *out, size_t out_bytes)
{
    struct st_slice key;
    if (!st_scan_enter_object(scan))
        return false;
    while (st_scan_next_member(scan, &key))
        if (!(st_slice_is(key, name) ? take_value(scan, out, out_bytes)
                                     : find_member(scan, name, out, out_bytes)))
            return false;
    return true;
}

static bool find_member(struct st_scan *scan, const char *name, char *out, size_t out_bytes)
{
    if (st_scan_peek(scan) == ST_SCAN_OBJECT)
        return find_in_object(scan, name, out, out_bytes);
    return st_scan_skip(scan);
}

static void find_in_json(const char *text, size_t bytes, const char *name, char *out,
                         size_t out_bytes)
{
    struct st_scan scan;
    st_scan_init(&scan, text, bytes);
    if (!find_member(&scan, name, out, out_bytes) || st_scan_finish(&scan) != 0)
        out[0] = '\0';
}

static void find_in_xml(const char *text, const char *name, char *out, size_t out_bytes)
{
    char tag[64];
    size_t len = (size_t)snprintf(tag, sizeof(tag), "<%s>", name);
    const char *at = strstr(text, tag);
    size_t bytes = at ? strcspn(at + len, "<&") : 0;
    if (!at || at[len + bytes] != '<' || bytes >= out_bytes)
        return;
    memcpy(out, at + len, bytes);
    out[bytes] = '\0';
}

static void find(const char *text, size_t bytes, const char *name, char *out, size_t out_bytes)
{
    out[0] = '\0';
    if (text[strspn(text, " \t\r\n")] == '<')
        find_in_xml(text, name, out, out_bytes);
    else
        find_in_json(text, bytes, name, out, out_bytes);
}

/* "2024-01-02T03:04:05Z", or seconds since 1970. */
static int64_t read_expiration(const char *text)
{
    struct tm tm = {0};
    if (strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
        return (int64_t)timegm(&tm) * 1000;
    double seconds = strtod(text, NULL);
    return seconds > 0 && seconds < EXPIRATION_MAX_S ? (int64_t)(seconds * 1000) : 0;
}

int st_aws_answer_keys(const char *text, size_t bytes, struct st_aws_keys *ret_keys)
{
    char expiration[40];
    find(text, bytes, "AccessKeyId", ret_keys->key_id, sizeof(ret_keys->key_id));
    find(text, bytes, "SecretAccessKey", ret_keys->secret, sizeof(ret_keys->secret));
    find(text, bytes, "SessionToken", ret_keys->token, sizeof(ret_keys->token));
    if (!ret_keys->token[0])
        find(text, bytes, "Token", ret_keys->token, sizeof(ret_keys->token));
    find(text, bytes, "Expiration", expiration, sizeof(expiration));
    ret_keys->expires_unix_ms = read_expiration(expiration);
    return ret_keys->key_id[0] && ret_keys->secret[0] ? 0 : -EBADMSG;
}

void st_aws_answer_code(const char *text, size_t bytes, char *out, size_t out_bytes)
{
    find(text, bytes, "Code", out, out_bytes);
    for (char *at = out; *at; at++)
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f)
            *at = '?';
}
