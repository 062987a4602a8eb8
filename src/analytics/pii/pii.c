#include "sidetone/pii.h"

#include "pii_scan.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const int64_t media_us_max = 1000000000000; /* eleven days: for times that make no sense */

struct st_pii {
    struct st_pii_settings settings;
    struct st_pii_memory memory;
};

_Static_assert(sizeof(struct st_pii) < 4096, "what a call's privacy stage may take");

static void keep_settings(struct st_pii *pii, const struct st_pii_settings *settings)
{
    assert(settings->lexicon);
    pii->settings = *settings;
    if (pii->settings.types == 0)
        pii->settings.types = ST_PII_TYPES_USUAL;
}

struct st_pii *st_pii_create(const struct st_pii_settings *settings)
{
    if (settings->mode == ST_PII_OFF)
        return NULL;
    struct st_pii *pii = st_mem_alloc(sizeof(*pii));
    keep_settings(pii, settings);
    return pii;
}

static void wipe(void *memory, size_t bytes)
{
    explicit_bzero(memory, bytes);
}

void st_pii_destroy(struct st_pii *pii)
{
    if (!pii)
        return;
    wipe(pii, sizeof(*pii));
    free(pii);
}

void st_pii_set_settings(struct st_pii **pii, const struct st_pii_settings *settings)
{
    if (*pii && settings->mode != ST_PII_OFF) {
        keep_settings(*pii, settings);
        return;
    }
    st_pii_destroy(*pii);
    *pii = st_pii_create(settings);
}

static int64_t sensible_us(int64_t media_us)
{
    return media_us < 0 ? 0 : media_us > media_us_max ? media_us_max : media_us;
}

/* Not within a character. */
static uint32_t searched_bytes(const char *text)
{
    size_t bytes = strnlen(text, ST_PII_TEXT_BYTES_MAX);
    while (bytes > 0 && text[bytes] != '\0' && ((uint8_t)text[bytes] & 0xc0) == 0x80)
        bytes--;
    return (uint32_t)bytes;
}

static void search(struct st_pii *pii, unsigned channel, const struct st_segment *segment,
                   struct st_pii_clearing *ret_clearing)
{
    struct st_pii_scan scan = {.settings = &pii->settings,
                               .memory = &pii->memory,
                               .text = segment->text,
                               .bytes = searched_bytes(segment->text),
                               .channel = channel,
                               .is_final = segment->is_final};
    if (segment->is_final)
        st_pii_memory_begin(&pii->memory, sensible_us(segment->end_us));
    st_pii_tokens_read(&scan);
    st_pii_detect_run(&scan);
    st_pii_output_write(&scan, segment, ret_clearing);
    if (segment->is_final)
        st_pii_memory_learn(&pii->memory, &scan);
    st_pii_tokens_free(&scan);
}

void st_pii_clear(struct st_pii *pii, unsigned channel, const struct st_segment *segment,
                  struct st_pii_clearing *ret_clearing)
{
    bool is_redacting = pii && pii->settings.mode == ST_PII_REDACT;
    *ret_clearing = (struct st_pii_clearing){.cleared.segment = *segment};
    if (segment->text[0] == '\0') {
        if (is_redacting)
            ret_clearing->cleared.segment.word_count = 0;
    } else if (is_redacting || (pii && segment->is_final)) {
        search(pii, channel, segment, ret_clearing);
    }
}

void st_pii_clearing_fini(struct st_pii_clearing *clearing)
{
    free(clearing->memory);
    *clearing = (struct st_pii_clearing){.memory = NULL};
}
