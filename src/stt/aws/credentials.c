#include "credentials.h"

#include "credentials_chain.h"
#include "sigv4.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECOND_MS = 1000,
    EARLY_MS = 300 * SECOND_MS, /* renewed before they expire */
    SOONEST_MS = 500,
    RETRY_MS = 5 * SECOND_MS,
    WHY_BYTES = 400,
    HASH_BYTES = ST_SIGV4_HEX_BYTES,
};

struct st_aws_credentials {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the thread has something to do */
    pthread_t thread;
    bool has_thread;
    bool has_looked; /* at least once */
    bool wants_others;
    bool may_pass; /* why there are none: who hands them out did not answer */
    atomic_bool is_stopping;
    struct st_aws_found found; /* key_id "": none */
    char refused[HASH_BYTES];  /* of keys that were refused; "": none */
    char why[WHY_BYTES];
    char *profile;
    char *region;
};

void st_aws_keys_wipe(struct st_aws_keys *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

static void hash_keys(const struct st_aws_keys *keys, char out[HASH_BYTES])
{
    char both[2 * HASH_BYTES];
    st_sigv4_hash(keys->key_id, strlen(keys->key_id), both);
    st_sigv4_hash(keys->token, strlen(keys->token), both + HASH_BYTES - 1);
    st_sigv4_hash(both, strlen(both), out);
}

/* ---- the thread ---- */

static bool are_valid(const struct st_aws_keys *keys, int64_t unix_ms)
{
    return keys->key_id[0] && (keys->expires_unix_ms == 0 || keys->expires_unix_ms > unix_ms);
}

/* Until they should be renewed; -1: not before somebody asks. */
static int64_t wait_ms(const struct st_aws_credentials *credentials)
{
    const struct st_aws_keys *keys = &credentials->found.keys;
    int64_t left_ms = keys->expires_unix_ms - st_loop_wall_unix_ms();
    if (!keys->key_id[0] || credentials->why[0])
        return RETRY_MS;
    if (keys->expires_unix_ms == 0)
        return -1;
    left_ms -= left_ms > 2 * EARLY_MS ? EARLY_MS : left_ms / 2;
    return left_ms > SOONEST_MS ? left_ms : SOONEST_MS;
}

static void wait_for_work(struct st_aws_credentials *credentials)
{
    int64_t ms = wait_ms(credentials);
    struct timespec until;
    if (ms < 0) {
        pthread_cond_wait(&credentials->changed, &credentials->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&credentials->changed, &credentials->lock, &until);
}

static void take(struct st_aws_credentials *credentials, int err, const struct st_aws_found *found,
                 const char *why)
{
    char hash[HASH_BYTES];
    unsigned generation = credentials->found.keys.generation;
    hash_keys(&found->keys, hash);
    bool is_refused = !err && strcmp(hash, credentials->refused) == 0;
    if (!err && !is_refused) {
        credentials->found = *found;
        credentials->found.keys.generation = generation + 1;
        credentials->why[0] = credentials->refused[0] = '\0';
        credentials->may_pass = false;
        return;
    }
    if (is_refused)
        snprintf(credentials->why, WHY_BYTES, "AWS refuses the credentials from %s: renew them",
                 found->source);
    else
        snprintf(credentials->why, WHY_BYTES, "%s", why);
    credentials->may_pass = err == -ETIMEDOUT || err == -EHOSTUNREACH ||
                            (err == -ENOENT && generation > 0 && !credentials->refused[0]);
    if (!are_valid(&credentials->found.keys, st_loop_wall_unix_ms()) || credentials->refused[0])
        credentials->found.keys.key_id[0] = '\0';
}

static void look(struct st_aws_credentials *credentials)
{
    struct st_aws_found *found = st_mem_alloc(sizeof(*found));
    struct st_aws_chain chain = {credentials->profile, credentials->region,
                                 &credentials->is_stopping};
    char why[WHY_BYTES] = "";
    int err = st_aws_chain_find(&chain, found, why, sizeof(why));
    pthread_mutex_lock(&credentials->lock);
    take(credentials, err, found, why);
    credentials->has_looked = true;
    credentials->wants_others = false;
    pthread_mutex_unlock(&credentials->lock);
    OPENSSL_cleanse(found, sizeof(*found));
    free(found);
}

static void *run(void *user)
{
    struct st_aws_credentials *credentials = user;
    while (!atomic_load(&credentials->is_stopping)) {
        look(credentials);
        pthread_mutex_lock(&credentials->lock);
        if (!atomic_load(&credentials->is_stopping) && !credentials->wants_others)
            wait_for_work(credentials);
        pthread_mutex_unlock(&credentials->lock);
    }
    return NULL;
}

/* ---- life ---- */

/* "KEY_ID:SECRET", "KEY_ID:SECRET:TOKEN". */
static int take_key(struct st_aws_credentials *credentials, const char *key)
{
    struct st_aws_keys *keys = &credentials->found.keys;
    const char *secret = strchr(key, ':');
    const char *token = secret ? strchr(secret + 1, ':') : NULL;
    size_t id_bytes = secret ? (size_t)(secret - key) : 0;
    size_t secret_bytes = secret ? (token ? (size_t)(token - secret - 1) : strlen(secret + 1)) : 0;
    if (id_bytes == 0 || secret_bytes == 0 || id_bytes >= sizeof(keys->key_id) ||
        secret_bytes >= sizeof(keys->secret) || (token && strlen(token) > sizeof(keys->token)))
        return -EINVAL;
    memcpy(keys->key_id, key, id_bytes);
    memcpy(keys->secret, secret + 1, secret_bytes);
    if (token)
        memcpy(keys->token, token + 1, strlen(token + 1));
    keys->generation = 1;
    credentials->found.is_fixed = credentials->has_looked = true;
    snprintf(credentials->found.source, sizeof(credentials->found.source), "the configuration");
    return 0;
}

static int start(struct st_aws_credentials *credentials)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOMEM;
    credentials->has_thread = pthread_create(&credentials->thread, NULL, run, credentials) == 0;
    return credentials->has_thread ? 0 : -EAGAIN;
}

int st_aws_credentials_create(struct st_aws_credentials **ret_credentials,
                              const struct st_aws_credentials_config *config)
{
    struct st_aws_credentials *credentials = st_mem_alloc(sizeof(*credentials));
    pthread_condattr_t clock;
    pthread_mutex_init(&credentials->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&credentials->changed, &clock);
    pthread_condattr_destroy(&clock);
    credentials->profile =
        config->profile && config->profile[0] ? st_mem_strdup(config->profile) : NULL;
    credentials->region = st_mem_strdup(config->region);
    bool has_key = config->key && config->key[0];
    int err = has_key ? take_key(credentials, config->key) : start(credentials);
    if (err) {
        st_aws_credentials_destroy(credentials);
        return err;
    }
    *ret_credentials = credentials;
    return 0;
}

void st_aws_credentials_destroy(struct st_aws_credentials *credentials)
{
    if (!credentials)
        return;
    atomic_store(&credentials->is_stopping, true);
    if (credentials->has_thread) {
        pthread_mutex_lock(&credentials->lock);
        pthread_cond_signal(&credentials->changed);
        pthread_mutex_unlock(&credentials->lock);
        pthread_join(credentials->thread, NULL);
        curl_global_cleanup();
    }
    pthread_cond_destroy(&credentials->changed);
    pthread_mutex_destroy(&credentials->lock);
    free(credentials->profile);
    free(credentials->region);
    OPENSSL_cleanse(credentials, sizeof(*credentials));
    free(credentials);
}

/* ---- any thread ---- */

int st_aws_credentials_get(struct st_aws_credentials *credentials, struct st_aws_keys *ret_keys,
                           char *ret_why, size_t why_bytes)
{
    int err = 0;
    pthread_mutex_lock(&credentials->lock);
    if (!credentials->has_looked || credentials->wants_others)
        err = -EAGAIN;
    else if (are_valid(&credentials->found.keys, st_loop_wall_unix_ms()))
        *ret_keys = credentials->found.keys;
    else
        err = credentials->may_pass ? -EAGAIN : -EACCES;
    if (err == -EACCES)
        snprintf(ret_why, why_bytes, "%s",
                 credentials->why[0] ? credentials->why : "the AWS credentials have expired");
    pthread_mutex_unlock(&credentials->lock);
    return err;
}

bool st_aws_credentials_renew(struct st_aws_credentials *credentials, unsigned generation)
{
    pthread_mutex_lock(&credentials->lock);
    bool can = credentials->has_thread && !credentials->found.is_fixed;
    if (can && generation == credentials->found.keys.generation && !credentials->wants_others) {
        hash_keys(&credentials->found.keys, credentials->refused);
        credentials->wants_others = true;
        pthread_cond_signal(&credentials->changed);
    }
    pthread_mutex_unlock(&credentials->lock);
    return can;
}

void st_aws_credentials_describe(struct st_aws_credentials *credentials, char *out,
                                 size_t out_bytes)
{
    pthread_mutex_lock(&credentials->lock);
    const char *source = credentials->found.source;
    snprintf(out, out_bytes, "%s",
             source[0]                 ? source
             : credentials->has_looked ? "nowhere yet"
                                       : "where AWS's tools look");
    pthread_mutex_unlock(&credentials->lock);
}
