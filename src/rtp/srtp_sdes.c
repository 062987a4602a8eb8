/* Keys as SDP carries them: "1 AES_CM_128_HMAC_SHA1_80 inline:<key>[|lifetime][|MKI:length]". */
#include "sidetone/base64.h"
#include "sidetone/rtp_srtp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TAG_DIGITS_MAX = 9, KEY_CHARS_MAX = 64 };

static const struct {
    const char *name;
    uint8_t key_bytes; /* master key and salt */
} suites[ST_RTP_SRTP_SUITES] = {
    {"AES_CM_128_HMAC_SHA1_80", 30},
    {"AES_CM_128_HMAC_SHA1_32", 30},
    {"AEAD_AES_128_GCM", 28},
    {"AEAD_AES_256_GCM", 44},
};

struct text {
    const char *at;
    size_t chars;
};

const char *st_rtp_srtp_suite_name(enum st_rtp_srtp_suite suite)
{
    return suites[suite].name;
}

size_t st_rtp_srtp_key_bytes(enum st_rtp_srtp_suite suite)
{
    return suites[suite].key_bytes;
}

/* Cuts off what lies before the first of the separators, and them. */
static struct text take(struct text *rest, const char *separators)
{
    struct text word = {rest->at, 0};
    while (word.chars < rest->chars && !strchr(separators, rest->at[word.chars]))
        word.chars++;
    size_t next = word.chars;
    while (next < rest->chars && strchr(separators, rest->at[next]))
        next++;
    rest->at += next;
    rest->chars -= next;
    return word;
}

static bool is_word(struct text word, const char *name)
{
    return word.chars == strlen(name) && strncasecmp(word.at, name, word.chars) == 0;
}

static int read_number(struct text word, uint32_t *ret_number)
{
    uint32_t number = 0;
    if (word.chars == 0 || word.chars > TAG_DIGITS_MAX)
        return -EBADMSG;
    for (size_t i = 0; i < word.chars; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return -EBADMSG;
        number = number * 10 + (uint32_t)(word.at[i] - '0');
    }
    *ret_number = number;
    return 0;
}

/* "value:length"; a lifetime, which has no colon, was passed over. */
static int read_mki(struct st_rtp_srtp_crypto *crypto, struct text word)
{
    uint32_t value, bytes;
    struct text number = take(&word, ":");
    if (read_number(number, &value) || read_number(word, &bytes))
        return -EBADMSG;
    if (bytes == 0 || bytes > ST_RTP_SRTP_MKI_MAX)
        return -ENOTSUP;
    for (uint32_t i = 0; i < bytes && i < sizeof(value); i++)
        crypto->mki[bytes - 1 - i] = (uint8_t)(value >> 8 * i);
    crypto->mki_bytes = (uint8_t)bytes;
    return 0;
}

/* Of several keys the first counts. */
static int read_key(struct st_rtp_srtp_crypto *crypto, struct text word)
{
    static const char method[] = "inline:";
    uint8_t key[ST_BASE64_DECODED_MAX(KEY_CHARS_MAX)];
    struct text params = take(&word, ";");
    if (params.chars < sizeof(method) - 1 || strncasecmp(params.at, method, sizeof(method) - 1))
        return -EBADMSG;
    params.at += sizeof(method) - 1;
    params.chars -= sizeof(method) - 1;
    struct text base64 = take(&params, "|");
    if (base64.chars > KEY_CHARS_MAX)
        return -EBADMSG;
    ssize_t bytes = st_base64_decode(base64.at, base64.chars, key);
    int err = bytes == suites[crypto->suite].key_bytes ? 0 : -EBADMSG;
    if (!err)
        memcpy(crypto->key, key, (size_t)bytes);
    explicit_bzero(key, sizeof(key));
    while (!err && params.chars > 0) {
        struct text param = take(&params, "|");
        if (memchr(param.at, ':', param.chars))
            err = read_mki(crypto, param);
    }
    return err;
}

/* Only what changes nothing for a receiver, and what may be ignored by its sign. */
static int check_parameters(struct text rest)
{
    while (rest.chars > 0) {
        struct text word = take(&rest, " \t");
        bool is_fine = word.chars == 0 || word.at[0] == '-' ||
                       (word.chars > 4 && strncasecmp(word.at, "WSH=", 4) == 0) ||
                       is_word(word, "KDR=0");
        if (!is_fine)
            return -ENOTSUP;
    }
    return 0;
}

int st_rtp_srtp_parse(struct st_rtp_srtp_crypto *ret_crypto, const char *text, size_t chars)
{
    struct st_rtp_srtp_crypto crypto = {.suite = ST_RTP_SRTP_SUITES};
    struct text rest = {text, chars};
    if (memchr(text, 0, chars) || read_number(take(&rest, " \t"), &crypto.tag))
        return -EBADMSG;
    struct text name = take(&rest, " \t");
    for (unsigned i = 0; i < ST_RTP_SRTP_SUITES; i++)
        if (is_word(name, suites[i].name))
            crypto.suite = i;
    if (crypto.suite == ST_RTP_SRTP_SUITES)
        return -ENOTSUP;
    int err = read_key(&crypto, take(&rest, " \t"));
    if (!err)
        err = check_parameters(rest);
    if (!err)
        *ret_crypto = crypto;
    explicit_bzero(&crypto, sizeof(crypto));
    return err;
}

size_t st_rtp_srtp_write(const struct st_rtp_srtp_crypto *crypto, char *out)
{
    char key[ST_BASE64_ENCODED_MAX(ST_RTP_SRTP_KEY_MAX)], mki[32] = "";
    uint32_t value = 0;
    for (unsigned i = 0; i < crypto->mki_bytes; i++)
        value = value << 8 | crypto->mki[i];
    if (crypto->mki_bytes > 0)
        snprintf(mki, sizeof(mki), "|%u:%u", value, crypto->mki_bytes);
    st_base64_encode(crypto->key, suites[crypto->suite].key_bytes, key);
    int chars = snprintf(out, ST_RTP_SRTP_TEXT_MAX, "%u %s inline:%s%s", crypto->tag,
                         suites[crypto->suite].name, key, mki);
    explicit_bzero(key, sizeof(key));
    return (size_t)chars;
}
