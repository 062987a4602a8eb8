/*
 * Server transactions (RFC 3261, 17.2): what was answered, for requests that come again.
 *
 * libosip2 has them too, but with a clock of its own, locks, and one state machine per process;
 * and it leaves the repetition of 2xx to its user. Here time is an argument, and what is kept is
 * bounded in number and bytes: beyond it requests are still answered, without being remembered.
 */
#ifndef SIDETONE_SIPREC_TRANSACTION_H
#define SIDETONE_SIPREC_TRANSACTION_H

#include "message.h"

enum {
    TRANSACTION_KEY_BYTES = 32,
    TRANSACTIONS_MAX = 4096,
    TRANSACTION_BYTES_MAX = 8 << 20,
    TRANSACTION_BUCKETS = 1024,
    SIP_T1_US = 500000,
    SIP_T2_US = 4000000,
    SIP_TIMEOUT_US = 64 * SIP_T1_US,
};

struct transaction {
    struct transaction *next; /* in its bucket */
    uint8_t key[TRANSACTION_KEY_BYTES];
    struct st_siprec_peer peer; /* where answers go; its port is where their asker listens */
    bool is_invite;
    bool is_acknowledged;
    bool is_dialled; /* by a connection that was made for its answer */
    int status;      /* last answered; 0: none */
    struct sip_text reply;
    uint64_t session; /* that an INVITE belongs to; 0: none */
    int64_t resend_us, interval_us;
    int64_t until_us;
};

struct transactions {
    struct transaction *buckets[TRANSACTION_BUCKETS];
    size_t count;
    size_t bytes;
    int (*send)(void *user, const struct st_siprec_peer *peer, const void *data, size_t bytes);
    uint64_t (*connect)(void *user, const struct st_siprec_peer *peer);
    void *user;
};

/* The key of the request, or of the INVITE that an ACK or CANCEL means. */
void transaction_key(const struct sip_message *request, bool is_of_invite, uint8_t *ret_key);

struct transaction *transactions_find(struct transactions *table, const uint8_t *key);
/* NULL when there is no room; half of it is for INVITEs alone, without which no session begins.
 * Never answered, it is forgotten after a while. */
struct transaction *transactions_add(struct transactions *table, const uint8_t *key,
                                     const struct st_siprec_peer *peer, bool is_invite,
                                     int64_t now_us);
/* Sends and keeps an answer; one of an INVITE whose connection is gone goes by one that is made for
 * it. Takes the text. transaction NULL: only sends. */
void transactions_reply(struct transactions *table, struct transaction *transaction,
                        const struct st_siprec_peer *peer, int status, struct sip_text take_text,
                        int64_t now_us);
/* The request came again. */
void transactions_repeat(struct transactions *table, struct transaction *transaction);
/* An ACK came for it, by whichever way. */
void transactions_acknowledge(struct transactions *table, struct transaction *transaction,
                              int64_t now_us);
void transactions_tick(struct transactions *table, int64_t now_us);
void transactions_fini(struct transactions *table);

#endif
