/* Addresses of the network: mailboxes, web pages, machines; written, and spoken with "at" and
 * "dot". */
#include "pii_scan.h"

#include <stdlib.h>
#include <string.h>

enum { LOCAL_WORDS_MAX = 16, DOMAIN_WORDS_MAX = 8, CUE_REACH = 14, IP_PARTS = 4, MAC_PARTS = 6 };

static bool is_free(const struct st_pii_scan *scan, unsigned i)
{
    return i < scan->token_count && scan->tokens[i].claim == ST_PII_FREE;
}

static bool is_joined_by(const struct st_pii_scan *scan, unsigned i, const char *marks)
{
    return i < scan->token_count && scan->tokens[i].gap == ST_PII_GAP_JOINED &&
           scan->tokens[i].mark != 0 && strchr(marks, scan->tokens[i].mark) != NULL;
}

static bool is_mail_meant(const struct st_pii_scan *scan, unsigned at)
{
    return st_pii_detect_cue_before(scan, ST_PII_CUE_EMAIL, at, CUE_REACH) ||
           st_pii_detect_is_awaited(scan, ST_PII_CUE_EMAIL);
}

/* ---- the name of a host, from `first` on ---- */

static bool is_dot(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_is(scan, i, ST_PII_W_DOT);
}

/* "dot com", ".com" at token i. Returns the tokens taken. */
static unsigned read_ending(const struct st_pii_scan *scan, unsigned i)
{
    if (is_dot(scan, i) && st_pii_token_is(scan, i + 1, ST_PII_W_TOP_LEVEL))
        return 2;
    return is_joined_by(scan, i, ".") && st_pii_token_is(scan, i, ST_PII_W_TOP_LEVEL) ? 1 : 0;
}

/* Returns the token behind it, 0 when there is none. */
static unsigned read_domain(const struct st_pii_scan *scan, unsigned first)
{
    for (unsigned i = first; i < scan->token_count && i < first + DOMAIN_WORDS_MAX; i++) {
        if (!is_free(scan, i) || (i > first && scan->tokens[i].gap == ST_PII_GAP_STOP) ||
            st_pii_token_equals(scan, i, "at"))
            return 0;
        unsigned used = i > first ? read_ending(scan, i) : 0;
        if (used == 0)
            continue;
        for (unsigned more; (more = read_ending(scan, i + used)) > 0;)
            used += more;
        return i + used;
    }
    return 0;
}

/* ---- what stands before the "at" ---- */

static bool is_spelling(const struct st_pii_token *token)
{
    static const uint32_t classes = ST_PII_W_DIGIT | ST_PII_W_OH | ST_PII_W_TEEN | ST_PII_W_TENS |
                                    ST_PII_W_REPEAT | ST_PII_W_NATO | ST_PII_W_LETTER |
                                    ST_PII_W_HUNDRED;
    return token->kind != ST_PII_WORD || (token->classes & classes) != 0;
}

static bool is_separator(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_is(scan, i, ST_PII_W_DOT | ST_PII_W_SEPARATOR);
}

static bool is_local_word(const struct st_pii_scan *scan, unsigned i, bool is_meant, bool is_last)
{
    const struct st_pii_token *token = &scan->tokens[i];
    bool is_bound = is_separator(scan, i + 1) || is_joined_by(scan, i + 1, "._-+");
    if (token->claim != ST_PII_FREE)
        return false;
    if (is_bound || is_separator(scan, i))
        return !token->is_in_cue || is_bound;
    if (token->is_in_cue || token->classes & (ST_PII_W_LEAD | ST_PII_W_AT_TIME))
        return false;
    if (is_spelling(token))
        return true;
    if (st_pii_token_among(scan, i, "me you us to for and with from send contact reach or his her"))
        return false;
    if (is_last && i > 0 && st_pii_token_is(scan, i - 1, ST_PII_W_LETTER) &&
        !st_pii_token_among(scan, i - 1, "a i"))
        return true;
    if (token->classes & (ST_PII_W_FILLER | ST_PII_W_COMMON))
        return is_meant && (is_last || !(token->classes & ST_PII_W_FILLER));
    return true;
}

static unsigned local_start(const struct st_pii_scan *scan, unsigned at, bool is_meant)
{
    unsigned first = at;
    while (first > 0 && at - first < LOCAL_WORDS_MAX &&
           is_local_word(scan, first - 1, is_meant, first == at)) {
        if (first < at && scan->tokens[first].gap == ST_PII_GAP_STOP)
            break;
        first--;
    }
    while (first < at && is_separator(scan, first))
        first++;
    return first;
}

/* "john dot smith at gmail dot com"; with the question before it "john at gmail" will do. */
static unsigned read_spoken_mail(struct st_pii_scan *scan, unsigned at)
{
    bool is_meant = is_mail_meant(scan, at);
    unsigned end = read_domain(scan, at + 1);
    if (end == 0 && st_pii_token_is(scan, at + 1, ST_PII_W_PROVIDER) &&
        (is_meant || (at > 1 && is_separator(scan, at - 2))))
        end = at + 2;
    if (end == 0)
        return at + 1;
    unsigned first = local_start(scan, at, is_meant);
    if (first == at)
        return at + 1;
    bool is_known = st_pii_token_is(scan, at + 1, ST_PII_W_PROVIDER);
    st_pii_detect_claim(scan, ST_PII_EMAIL, first, end - 1, is_meant || is_known ? 0.95F : 0.85F);
    return end;
}

static unsigned read_written_mail(struct st_pii_scan *scan, unsigned i)
{
    unsigned first = i - 1, end = i + 1;
    while (first > 0 && is_joined_by(scan, first, "._-+"))
        first--;
    while (is_joined_by(scan, end, ".-"))
        end++;
    st_pii_detect_claim(scan, ST_PII_EMAIL, first, end - 1, 0.99F);
    return end;
}

/* ---- web pages ---- */

/* Any "x dot com" that is no mailbox. */
static unsigned read_page(struct st_pii_scan *scan, unsigned i)
{
    unsigned used = i > 0 && is_free(scan, i - 1) ? read_ending(scan, i) : 0;
    if (used == 0)
        return i + 1;
    unsigned first = i - 1, end = i + used;
    while (first > 1 && (is_joined_by(scan, first, ".-") || is_dot(scan, first - 1))) {
        unsigned back = is_joined_by(scan, first, ".-") ? 1 : 2;
        if (!is_free(scan, first - back))
            break;
        first -= back;
    }
    if (first > 0 && scan->tokens[first].mark == '/' &&
        st_pii_token_among(scan, first - 1, "http https"))
        first--;
    for (unsigned more; (more = read_ending(scan, end)) > 0;)
        end += more;
    while (is_joined_by(scan, end, "/.-_?=&"))
        end++;
    st_pii_detect_claim(scan, ST_PII_URL, first, end - 1, 0.9F);
    return end;
}

/* ---- machines ---- */

static unsigned value_of(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

/* One number of an address, written or spoken in several words. Returns the token behind it. */
static unsigned read_part(const struct st_pii_scan *scan, unsigned i)
{
    char text[16], all[32] = "";
    unsigned used;
    while (i < scan->token_count && !is_dot(scan, i) &&
           (used = st_pii_runs_spell(scan, i, text, sizeof(text))) > 0 &&
           strlen(all) + strlen(text) < 8) {
        memcpy(all + strlen(all), text, strlen(text) + 1);
        i += used;
        if (is_joined_by(scan, i, "."))
            break;
    }
    bool is_number = all[0] != '\0' && strspn(all, "0123456789") == strlen(all);
    return is_number && value_of(all) <= 255 ? i : 0;
}

static unsigned read_machine(struct st_pii_scan *scan, unsigned first)
{
    unsigned i = first;
    for (unsigned part = 0; part < IP_PARTS; part++) {
        if (part > 0 && is_dot(scan, i))
            i++;
        else if (part > 0 && !is_joined_by(scan, i, "."))
            return 0;
        i = read_part(scan, i);
        if (i == 0)
            return 0;
    }
    return is_joined_by(scan, i, ".") && scan->tokens[i].kind == ST_PII_DIGITS ? 0 : i;
}

static bool is_hex_pair(const struct st_pii_scan *scan, unsigned i)
{
    if (!is_free(scan, i) || scan->tokens[i].end - scan->tokens[i].start != 2)
        return false;
    return strspn(scan->text + scan->tokens[i].start, "0123456789abcdefABCDEF") >= 2;
}

static bool is_mac(const struct st_pii_scan *scan, unsigned first)
{
    for (unsigned i = 0; i < MAC_PARTS; i++)
        if (!is_hex_pair(scan, first + i) || (i > 0 && !is_joined_by(scan, first + i, ":-")))
            return false;
    return true;
}

static bool may_be_machine(const struct st_pii_scan *scan, unsigned i)
{
    static const uint32_t numeric = ST_PII_W_DIGIT | ST_PII_W_TEEN | ST_PII_W_TENS;
    return scan->tokens[i].kind == ST_PII_DIGITS
               ? is_joined_by(scan, i + 1, ".") || is_dot(scan, i + 1)
               : scan->has_dots && (scan->tokens[i].classes & numeric) != 0;
}

static unsigned read_numbers(struct st_pii_scan *scan, unsigned i)
{
    if (is_mac(scan, i)) {
        st_pii_detect_claim(scan, ST_PII_MAC_ADDRESS, i, i + MAC_PARTS - 1, 0.95F);
        return i + MAC_PARTS;
    }
    unsigned end = may_be_machine(scan, i) ? read_machine(scan, i) : 0;
    if (end == 0)
        return i + 1;
    st_pii_detect_claim(scan, ST_PII_IP_ADDRESS, i, end - 1, 0.95F);
    return end;
}

void st_pii_net_detect(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->token_count; i++)
        scan->has_dots |= is_dot(scan, i);
    for (unsigned i = 0; i < scan->token_count;)
        if (i > 0 && is_joined_by(scan, i, "@"))
            i = read_written_mail(scan, i);
        else if (scan->tokens[i].classes & ST_PII_W_AT_TIME && st_pii_token_equals(scan, i, "at"))
            i = read_spoken_mail(scan, i);
        else
            i++;
    for (unsigned i = 0; i < scan->token_count;)
        if (!is_free(scan, i))
            i++;
        else if (scan->tokens[i].classes & (ST_PII_W_DOT | ST_PII_W_TOP_LEVEL))
            i = read_page(scan, i);
        else
            i = read_numbers(scan, i);
}
