/* What the files of an ingest connection share. */
#ifndef SIDETONE_CALL_LEG_H
#define SIDETONE_CALL_LEG_H

#include "call_internal.h"

struct st_leg {
    struct call_shard *shard; /* of the connection */
    const struct st_dialect_ops *ops;
    struct st_dialect *dialect;
    struct st_settings *settings; /* tenant and route are theirs */
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    char only_call[128];
    const struct st_leg_link *link;
    void *link_user;
    uint64_t leg_id;
    uint64_t serial;          /* of the call; 0 before start */
    uint64_t orders;          /* posted so far */
    struct call_shard *owner; /* of the call */
    bool is_closing;
    struct remote *remote; /* NULL while the call is ours */
};

/* The leg as its call's loop knows it; outlives the connection while posts are under way. */
struct remote {
    atomic_uint refs;
    struct st_loop *home;
    struct st_leg *leg; /* home loop only; NULL once the leg is closed */
    /* Owner loop only: a full inbox may let a later order overtake. */
    bool is_detached;
    uint64_t last_pause;
    int attach_err; /* written before the post that tells of it */
};

enum order_kind {
    ORDER_ATTACH,
    ORDER_MEDIA,
    ORDER_TRANSCRIPT,
    ORDER_QUALITY,
    ORDER_PARTIES,
    ORDER_PAUSE,
    ORDER_RESUME,
    ORDER_HOLD,
    ORDER_UNHOLD,
    ORDER_PRESS,
    ORDER_DETACH,
};

struct order {
    enum order_kind kind;
    struct call_shard *owner;
    uint64_t serial, leg_id;
    uint64_t number; /* among the leg's orders */
    enum st_ingest_end end;
    struct st_ingest_media media;
    struct st_media_quality quality;
    struct call_press press;
    unsigned channel;
    bool is_last;
    struct attach *attach;
    struct st_ingest_transcript *transcript; /* told_copy's */
    struct st_call_facts *parties;           /* as call_set_parties takes them */
    struct remote *remote;
    uint8_t payload[];
};

/* ---- leg_start.c ---- */

/* A sink's start. */
int leg_start(void *leg, const struct st_ingest_start *start);

/* ---- leg_order.c: to a call on another loop ---- */

struct order *leg_order(struct st_leg *leg, enum order_kind kind, size_t payload_bytes);
void leg_post(struct st_leg *leg, struct order *order);
void leg_post_attach(struct st_leg *leg, const struct st_ingest_start *start);
/* It may be lost, when the call's loop is overwhelmed. */
void leg_post_media(struct st_leg *leg, const struct st_ingest_media *media);
void leg_unref_remote(struct remote *remote);

#endif
