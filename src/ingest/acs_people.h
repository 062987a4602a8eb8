/*
 * Who is who in a call: participants of Azure Communication Services by their raw ids.
 *
 * How a raw id begins says the role, by the route's lists; agents are on channel 0, customers on 1.
 */
#ifndef SIDETONE_INGEST_ACS_PEOPLE_H
#define SIDETONE_INGEST_ACS_PEOPLE_H

#include "sidetone/config.h"
#include "sidetone/json_scan.h"

#include <stdint.h>

enum { ST_ACS_PEOPLE_MAX = 16, ST_ACS_AGENT = 0, ST_ACS_CUSTOMER = 1 };

struct st_acs_person {
    uint64_t key; /* of the raw id; 0: a free place */
    unsigned channel;
    uint64_t utterance; /* its latest one's number among all of the stream */
    bool is_speaking;   /* that one is not final yet */
    uint64_t used;      /* when, for the place that is taken when all are */
};

struct st_acs_people {
    const struct st_config_acs *config;
    struct st_acs_person people[ST_ACS_PEOPLE_MAX];
    uint64_t uses;
};

/* Never NULL. Without a raw id (audio that is mixed): everybody, on the customer's channel. */
struct st_acs_person *st_acs_people_find(struct st_acs_people *people, struct st_slice raw_id);

/* The channel of a raw id by the route's lists. */
unsigned st_acs_people_channel(const struct st_config_acs *config, const char *raw_id,
                               size_t bytes);

#endif
