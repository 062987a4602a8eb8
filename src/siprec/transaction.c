#include "transaction.h"

#include "sidetone/mem.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { LINGER_STREAM_US = 1000000 };

/* ---- keys ---- */

static void add_word(EVP_MD_CTX *context, const char *word)
{
    EVP_DigestUpdate(context, word ? word : "", word ? strlen(word) : 0);
    EVP_DigestUpdate(context, "\n", 1);
}

void transaction_key(const struct sip_message *request, bool is_of_invite, uint8_t *ret_key)
{
    const osip_message_t *sip = request->sip;
    osip_via_t *via = osip_list_get(&sip->vias, 0);
    osip_generic_param_t *branch = NULL;
    osip_generic_param_get_byname(&via->via_params, (char *)(uintptr_t) "branch", &branch);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    add_word(context, branch ? branch->gvalue : NULL);
    add_word(context, via->host);
    add_word(context, via->port);
    add_word(context, sip->call_id->number);
    add_word(context, sip->call_id->host);
    add_word(context, sip->cseq->number);
    add_word(context, sip_message_from_tag(request));
    add_word(context, is_of_invite ? "INVITE" : sip->cseq->method);
    EVP_DigestFinal_ex(context, ret_key, NULL);
    EVP_MD_CTX_free(context);
}

static struct transaction **bucket_of(struct transactions *table, const uint8_t *key)
{
    return &table->buckets[(key[0] | (size_t)key[1] << 8) % TRANSACTION_BUCKETS];
}

/* ---- the table ---- */

struct transaction *transactions_find(struct transactions *table, const uint8_t *key)
{
    struct transaction *transaction = *bucket_of(table, key);
    while (transaction && memcmp(transaction->key, key, TRANSACTION_KEY_BYTES) != 0)
        transaction = transaction->next;
    return transaction;
}

struct transaction *transactions_add(struct transactions *table, const uint8_t *key,
                                     const struct st_siprec_peer *peer, bool is_invite,
                                     int64_t now_us)
{
    size_t part = is_invite ? 1 : 2;
    if (table->count >= TRANSACTIONS_MAX / part || table->bytes >= TRANSACTION_BYTES_MAX / part)
        return NULL;
    struct transaction *transaction = st_mem_alloc(sizeof(*transaction));
    struct transaction **bucket = bucket_of(table, key);
    memcpy(transaction->key, key, TRANSACTION_KEY_BYTES);
    transaction->peer = *peer;
    transaction->is_invite = is_invite;
    transaction->until_us = now_us + 2 * (int64_t)SIP_TIMEOUT_US;
    transaction->next = *bucket;
    *bucket = transaction;
    table->count++;
    table->bytes += sizeof(*transaction);
    return transaction;
}

static void forget(struct transactions *table, struct transaction **link)
{
    struct transaction *transaction = *link;
    *link = transaction->next;
    table->count--;
    table->bytes -= sizeof(*transaction) + transaction->reply.bytes;
    free(transaction->reply.at);
    free(transaction);
}

void transactions_fini(struct transactions *table)
{
    for (size_t i = 0; i < TRANSACTION_BUCKETS; i++)
        while (table->buckets[i])
            forget(table, &table->buckets[i]);
}

/* ---- answers ---- */

/* A 2xx of an INVITE is repeated over every transport, other answers to it over UDP; answers to
 * other requests only when those come again. */
static void plan(struct transaction *transaction, int64_t now_us)
{
    bool is_udp = transaction->peer.transport == ST_SIPREC_UDP;
    bool is_repeated = transaction->is_invite && (is_udp || transaction->status < 300);
    bool is_kept = is_udp || transaction->is_invite;
    transaction->interval_us = SIP_T1_US;
    transaction->resend_us = is_repeated ? now_us + SIP_T1_US : 0;
    transaction->until_us = now_us + (is_kept ? SIP_TIMEOUT_US : LINGER_STREAM_US);
}

static bool may_dial(const struct transactions *table, const struct transaction *transaction)
{
    return table->connect && !transaction->is_dialled && transaction->is_invite &&
           transaction->status >= 200 && transaction->peer.transport != ST_SIPREC_UDP;
}

static void send_reply(struct transactions *table, struct transaction *transaction)
{
    struct st_siprec_peer *peer = &transaction->peer;
    int err = table->send(table->user, peer, transaction->reply.at, transaction->reply.bytes);
    if (!err || !may_dial(table, transaction))
        return;
    transaction->is_dialled = true;
    peer->connection = table->connect(table->user, peer);
    if (peer->connection)
        table->send(table->user, peer, transaction->reply.at, transaction->reply.bytes);
}

void transactions_reply(struct transactions *table, struct transaction *transaction,
                        const struct st_siprec_peer *peer, int status, struct sip_text take_text,
                        int64_t now_us)
{
    if (!take_text.at)
        return;
    if (!transaction) {
        table->send(table->user, peer, take_text.at, take_text.bytes);
        free(take_text.at);
        return;
    }
    table->bytes += take_text.bytes - transaction->reply.bytes;
    free(transaction->reply.at);
    transaction->reply = take_text;
    transaction->status = status;
    send_reply(table, transaction);
    if (status >= 200)
        plan(transaction, now_us);
}

void transactions_repeat(struct transactions *table, struct transaction *transaction)
{
    if (transaction->reply.at && !transaction->is_acknowledged)
        send_reply(table, transaction);
}

void transactions_acknowledge(struct transactions *table, struct transaction *transaction,
                              int64_t now_us)
{
    transaction->is_acknowledged = true;
    transaction->resend_us = 0;
    bool is_udp = transaction->peer.transport == ST_SIPREC_UDP;
    int64_t until_us = now_us + (is_udp ? 10 * SIP_T1_US : LINGER_STREAM_US);
    if (until_us < transaction->until_us)
        transaction->until_us = until_us;
}

static void resend(struct transactions *table, struct transaction *transaction, int64_t now_us)
{
    transactions_repeat(table, transaction);
    transaction->interval_us *= 2;
    if (transaction->interval_us > SIP_T2_US)
        transaction->interval_us = SIP_T2_US;
    transaction->resend_us = now_us + transaction->interval_us;
}

void transactions_tick(struct transactions *table, int64_t now_us)
{
    for (size_t i = 0; i < TRANSACTION_BUCKETS; i++) {
        struct transaction **link = &table->buckets[i];
        while (*link) {
            struct transaction *transaction = *link;
            if (transaction->until_us <= now_us) {
                forget(table, link);
                continue;
            }
            if (transaction->resend_us > 0 && transaction->resend_us <= now_us)
                resend(table, transaction, now_us);
            link = &transaction->next;
        }
    }
}
