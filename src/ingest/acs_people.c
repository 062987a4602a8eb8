#include "acs_people.h"

#include <string.h>

enum { RAW_ID_MAX = 512 };

/* Bytes of the longest prefix that fits; 0: none does. */
static size_t fit(char *const *prefixes, unsigned count, const char *raw_id, size_t bytes)
{
    size_t best = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t len = strlen(prefixes[i]);
        if (len > best && len <= bytes && memcmp(prefixes[i], raw_id, len) == 0)
            best = len;
    }
    return best;
}

unsigned st_acs_people_channel(const struct st_config_acs *config, const char *raw_id, size_t bytes)
{
    static char telephone[] = "4:", user[] = "8:", bot[] = "28:";
    static char *const usual_customers[] = {telephone}, *const usual_agents[] = {user, bot};
    size_t customer = config->customer_count
                          ? fit(config->customers, config->customer_count, raw_id, bytes)
                          : fit(usual_customers, 1, raw_id, bytes);
    size_t agent = config->agent_count ? fit(config->agents, config->agent_count, raw_id, bytes)
                                       : fit(usual_agents, 2, raw_id, bytes);
    return agent > customer ? ST_ACS_AGENT : ST_ACS_CUSTOMER;
}

/* FNV-1a; never 0. */
static uint64_t key_of(const char *text, size_t bytes)
{
    uint64_t key = 14695981039346656037U;
    for (size_t i = 0; i < bytes; i++)
        key = (key ^ (uint8_t)text[i]) * 1099511628211U;
    return key ? key : 1;
}

struct st_acs_person *st_acs_people_find(struct st_acs_people *people, struct st_slice raw_id)
{
    char plain[RAW_ID_MAX];
    size_t bytes = raw_id.data ? st_scan_unescape(raw_id, plain, sizeof(plain)) : 0;
    uint64_t key = key_of(plain, bytes);
    struct st_acs_person *oldest = people->people;
    people->uses++;
    for (struct st_acs_person *at = people->people; at < people->people + ST_ACS_PEOPLE_MAX; at++) {
        if (at->key == key) {
            at->used = people->uses;
            return at;
        }
        if (at->used < oldest->used)
            oldest = at;
    }
    *oldest = (struct st_acs_person){
        .key = key,
        .channel = bytes ? st_acs_people_channel(people->config, plain, bytes) : ST_ACS_CUSTOMER,
        .used = people->uses,
    };
    return oldest;
}
