/* Where AWS credentials are read from. The first byte says what it is: C or K, a shared file of
 * configuration or keys; else the answer of a service, JSON or XML. */
#include "stt/aws/credentials_http.h"
#include "stt/aws/profile.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static bool is_text(const char *text, size_t cap)
{
    return strnlen(text, cap) < cap;
}

static void check_keys(const struct st_aws_keys *keys)
{
    assert(is_text(keys->key_id, sizeof(keys->key_id)) &&
           is_text(keys->secret, sizeof(keys->secret)) &&
           is_text(keys->token, sizeof(keys->token)));
}

static void read_file(const char *text, bool is_config)
{
    struct st_aws_profile profile = {.is_found = false};
    st_aws_profile_parse(&profile, text, "work", is_config);
    st_aws_profile_parse(&profile, text, "default", is_config);
    check_keys(&profile.keys);
    assert(is_text(profile.region, sizeof(profile.region)) &&
           is_text(profile.role_arn, sizeof(profile.role_arn)));
}

static void read_answer(const char *text, size_t bytes)
{
    struct st_aws_keys keys = {.generation = 0};
    char code[64];
    if (st_aws_answer_keys(text, bytes, &keys) == 0)
        assert(keys.key_id[0] && keys.secret[0]);
    check_keys(&keys);
    st_aws_answer_code(text, bytes, code, sizeof(code));
    for (const char *at = code; *at; at++)
        assert(*at > ' ' && *at < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    char *text = st_mem_strndup((const char *)data + 1, bytes - 1);
    if (data[0] == 'C' || data[0] == 'K')
        read_file(text, data[0] == 'C');
    else
        read_answer(text, strlen(text));
    free(text);
    return 0;
}
