#include "exceptions.h"

#include "sidetone/json_scan.h"
#include "sidetone/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_SHOWN_BYTES = 300 };

struct row {
    const char *name;
    const char *opening; /* of the message; NULL: any */
    enum st_engine_trouble trouble;
    const char *text;
    bool shows_message;
};

static const struct row rows[] = {
    {"BadRequestException", "Your request timed out", ST_TROUBLE_LOST,
     "AWS ended the stream: no audio came for 15 seconds", false},
    {"BadRequestException", "A complete signal", ST_TROUBLE_LOST,
     "AWS ended the stream: its end was not announced", false},
    {"BadRequestException", "Your stream is too big", ST_TROUBLE_PROTOCOL,
     "AWS takes no audio event of that size", false},
    {"BadRequestException", "Unexpected WebSocket frame", ST_TROUBLE_PROTOCOL,
     "AWS did not understand a message", false},
    {"BadRequestException", NULL, ST_TROUBLE_UNSUITED,
     "AWS refuses the request; check the engine's parameters, the region and the call's language",
     true},
    {"ValidationException", NULL, ST_TROUBLE_UNSUITED,
     "AWS refuses the request; check the engine's parameters", true},
    {"UnknownOperationException", NULL, ST_TROUBLE_UNSUITED,
     "AWS does not have this operation there; check 'region' and 'url'", false},
    {"ConflictException", NULL, ST_TROUBLE_EXPIRED,
     "AWS ended the stream: another one has its session id", false},
    {"LimitExceededException", NULL, ST_TROUBLE_THROTTLED,
     "AWS's limit of streams at once, or of new ones, is reached: set 'streams' and 'opens_per_s' "
     "below the account's quota, or ask AWS for a higher one",
     false},
    {"ThrottlingException", NULL, ST_TROUBLE_THROTTLED, "AWS takes no more requests for now",
     false},
    {"TooManyRequestsException", NULL, ST_TROUBLE_THROTTLED, "AWS takes no more requests for now",
     false},
    {"ServiceQuotaExceededException", NULL, ST_TROUBLE_THROTTLED,
     "a quota of the account is used up", false},
    {"InternalFailureException", NULL, ST_TROUBLE_SERVER, "AWS reports a failure of its own",
     false},
    {"InternalFailure", NULL, ST_TROUBLE_SERVER, "AWS reports a failure of its own", false},
    {"InternalServerException", NULL, ST_TROUBLE_SERVER, "AWS reports a failure of its own", false},
    {"ServiceUnavailableException", NULL, ST_TROUBLE_SERVER, "AWS Transcribe is not available",
     false},
    {"ServiceUnavailable", NULL, ST_TROUBLE_SERVER, "AWS Transcribe is not available", false},
    {"AccessDeniedException", NULL, ST_TROUBLE_REFUSED,
     "AWS does not allow it: the user or role needs transcribe:StartStreamTranscription or "
     "transcribe:StartCallAnalyticsStreamTranscription (for WebSocket: …WebSocket)",
     true},
    {"UnrecognizedClientException", NULL, ST_TROUBLE_REFUSED,
     "AWS does not know the access key: check the credentials, and that they are of this "
     "partition and still active",
     false},
    {"InvalidClientTokenId", NULL, ST_TROUBLE_REFUSED,
     "AWS does not know the access key: check the credentials", false},
    {"InvalidSignatureException", NULL, ST_TROUBLE_REFUSED,
     "AWS does not accept the signature: check the secret key, the region and this machine's clock",
     false},
    {"SignatureDoesNotMatch", NULL, ST_TROUBLE_REFUSED,
     "AWS does not accept the signature: check the secret key and the region", false},
    {"IncompleteSignature", NULL, ST_TROUBLE_REFUSED, "AWS does not accept the signature", false},
    {"MissingAuthenticationToken", NULL, ST_TROUBLE_REFUSED, "AWS misses the credentials", false},
    {"RequestTimeTooSkewed", NULL, ST_TROUBLE_REFUSED, "this machine's clock is wrong", false},
    {"RequestExpired", NULL, ST_TROUBLE_REFUSED, "this machine's clock is wrong", false},
    {"OptInRequired", NULL, ST_TROUBLE_REFUSED,
     "the AWS account has not been enabled for Transcribe in this region", false},
    {"SubscriptionRequiredException", NULL, ST_TROUBLE_REFUSED,
     "the AWS account has not been enabled for Transcribe", false},
    {"ExpiredTokenException", NULL, ST_TROUBLE_REFUSED, "the AWS credentials have expired", false},
    {"ExpiredToken", NULL, ST_TROUBLE_REFUSED, "the AWS credentials have expired", false},
    {"TokenRefreshRequired", NULL, ST_TROUBLE_REFUSED, "the AWS credentials have expired", false},
};

/* "com.amazon.coral#Name:http://…" is Name. */
static bool is_called(const char *given, const char *name)
{
    const char *hash = strchr(given, '#');
    const char *at = hash ? hash + 1 : given;
    size_t len = strlen(name);
    return strcspn(at, ":") == len && strncmp(at, name, len) == 0;
}

static const struct row *find(const struct st_aws_exception *exception)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *opening = rows[i].opening;
        if (is_called(exception->name, rows[i].name) &&
            (!opening || strncmp(exception->message, opening, strlen(opening)) == 0))
            return &rows[i];
    }
    return NULL;
}

static bool is_plain(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.#");
    return len > 0 && len < 80 && name[len] == '\0';
}

enum st_engine_trouble st_aws_exception_judge(const struct st_aws_exception *exception,
                                              char *ret_what, size_t what_bytes)
{
    const struct row *row = find(exception);
    if (row) {
        bool shows = row->shows_message && exception->message[0];
        snprintf(ret_what, what_bytes, "%s%s%.*s", row->text, shows ? ": " : "",
                 shows ? MESSAGE_SHOWN_BYTES : 0, exception->message);
        return row->trouble;
    }
    struct st_engine_closing closing = {.http_status = (uint16_t)exception->http_status};
    snprintf(ret_what, what_bytes, "AWS reports %s",
             is_plain(exception->name) ? exception->name : "an error");
    return exception->http_status ? st_engine_closing_trouble(&closing) : ST_TROUBLE_SERVER;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (is_called(name, *names))
            return true;
    return false;
}

bool st_aws_exception_is_expiry(const char *name)
{
    static const char *const names[] = {"ExpiredTokenException", "ExpiredToken",
                                        "TokenRefreshRequired", NULL};
    return is_one_of(name, names);
}

bool st_aws_exception_is_clock(const char *name)
{
    static const char *const names[] = {"InvalidSignatureException", "SignatureDoesNotMatch",
                                        "RequestTimeTooSkewed", "RequestExpired", NULL};
    return is_one_of(name, names);
}

void st_aws_exception_message(const void *data, size_t bytes, char *out, size_t out_bytes)
{
    struct st_scan scan;
    struct st_slice key, text = {.data = NULL};
    st_scan_init(&scan, data, bytes);
    bool is_read = st_scan_enter_object(&scan);
    while (is_read && st_scan_next_member(&scan, &key))
        is_read = st_slice_is(key, "Message") || st_slice_is(key, "message")
                      ? st_scan_string(&scan, &text)
                      : st_scan_skip(&scan);
    out[0] = '\0';
    if (!is_read || st_scan_finish(&scan) != 0 || !text.data)
        return;
    st_scan_unescape(text, out, out_bytes);
    st_utf8_make_plain(out);
}
