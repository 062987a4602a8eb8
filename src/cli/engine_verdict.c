#include "engine_verdict.h"

#include <string.h>

const struct st_engine_verdict st_engine_verdict_unusable = {
    .state = "unusable",
    .fix = "correct its entry in engines.remote: `sidetone check` names lines"};
const struct st_engine_verdict st_engine_verdict_missing = {
    .state = "missing", .fix = "install it: deploy/quickstart installs Moonshine's models"};
const struct st_engine_verdict st_engine_verdict_not_tried = {.state = "not tried"};
const struct st_engine_verdict st_engine_verdict_installed = {.state = "installed"};

static const struct st_engine_verdict good = {
    .state = "ok", .reachable = ST_ENGINE_YES, .authorised = ST_ENGINE_YES};

/* Why there is no connection, by what the network says (sidetone/net.h); the first that it has. */
static const struct {
    const char *says;
    struct st_engine_verdict verdict;
} lost[] = {
    {"no such host",
     {"no such host", "correct the host in its url, or this machine's DNS", ST_ENGINE_NO, 0}},
    {"cannot look up",
     {"no such host", "this machine's DNS does not answer: see /etc/resolv.conf", ST_ENGINE_NO, 0}},
    {"connection refused",
     {"unreachable", "nothing listens there: start it, or correct host and port in its url",
      ST_ENGINE_NO, 0}},
    {"certificate not trusted",
     {"untrusted",
      "name its authority's certificate in ca_file; the host in its url must be one "
      "the certificate is for",
      ST_ENGINE_YES, 0}},
    {"TLS",
     {"no TLS", "wss:// and https:// are for ports with TLS: correct scheme or port in its url",
      ST_ENGINE_YES, 0}},
    {"no HTTP server",
     {"protocol", "something else listens there: correct host and port in its url", ST_ENGINE_YES,
      0}},
    {"not speak HTTP/2",
     {"protocol", "something else listens there: correct its url", ST_ENGINE_YES, 0}},
    {"before HTTP/2 was spoken",
     {"protocol", "something else listens there: correct its url", ST_ENGINE_YES, 0}},
    {"was closed before",
     {"broke off", "it takes connections and closes them: look at its log, or correct its url",
      ST_ENGINE_YES, 0}},
    {"in time",
     {"unreachable", "it does not answer: a firewall or proxy may be in the way, or it hangs",
      ST_ENGINE_NO, 0}},
};

static const struct st_engine_verdict verdicts[ST_TROUBLES] = {
    [ST_TROUBLE_LOST] = {"unreachable", "try again; then look whether the server works",
                         ST_ENGINE_NO, 0},
    [ST_TROUBLE_STALLED] = {"stalled", "it takes audio and says nothing: look whether it works",
                            ST_ENGINE_YES, 0},
    [ST_TROUBLE_SERVER] = {"server error",
                           "the failure is its own: its vendor's status page; "
                           "a second engine in the route keeps calls whole",
                           ST_ENGINE_YES, 0},
    [ST_TROUBLE_THROTTLED] = {"throttled",
                              "wait, or have the quota raised; `streams` and "
                              "`opens_per_s` keep the gateway within it",
                              ST_ENGINE_YES, 0},
    [ST_TROUBLE_PROTOCOL] = {"protocol",
                             "what answers is no server of this type: correct type or "
                             "url",
                             ST_ENGINE_YES, 0},
    [ST_TROUBLE_REFUSED] = {"refused",
                            "get it valid credentials (key, key_file or the "
                            "environment) of an account that may transcribe",
                            ST_ENGINE_YES, ST_ENGINE_NO},
    [ST_TROUBLE_UNSUITED] = {"unsuited",
                             "it does not take what it is asked for: look at model, "
                             "parameters and language",
                             ST_ENGINE_YES, 0},
    [ST_TROUBLE_EXPIRED] = {"expired", "its session was over at once: look at its account",
                            ST_ENGINE_YES, 0},
};

static struct st_engine_verdict of_unopened(const struct st_engine_trial *trial)
{
    struct st_engine_verdict verdict = verdicts[trial->trouble];
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]) && trial->trouble == ST_TROUBLE_LOST; i++)
        if (strstr(trial->why, lost[i].says))
            return lost[i].verdict;
    if (!trial->has_asked)
        verdict.reachable = ST_ENGINE_UNKNOWN;
    return verdict;
}

struct st_engine_verdict st_engine_verdict_of_trial(const struct st_engine_trial *trial)
{
    struct st_engine_verdict verdict;
    if (trial->is_good)
        return good;
    if (!trial->has_opened)
        return of_unopened(trial);
    verdict = verdicts[trial->trouble];
    verdict.reachable = ST_ENGINE_YES;
    if (trial->trouble == ST_TROUBLE_LOST)
        verdict.state = "broke off";
    return verdict;
}
