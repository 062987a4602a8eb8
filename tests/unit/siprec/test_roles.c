/* Who is who where the sources of roles agree, are silent, or contradict each other. */
#include "roles.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct roles roles;

/* Lines by their labels; metadata as the body of a document. */
static void find(const char *first, const char *second, const char *more, const char *document)
{
    static struct st_rtp_sdp sdp;
    static struct metadata metadata;
    static const struct role_hints hints;
    char text[512];
    int chars = snprintf(text, sizeof(text), "m=audio 1 RTP/AVP 0\na=label:%s\n%s%s%s%s", first,
                         more, second ? "m=audio 3 RTP/AVP 0\na=label:" : "", second ? second : "",
                         second ? "\n" : "");
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, (size_t)chars), 0);
    metadata_init(&metadata);
    chars = snprintf(text, sizeof(text), "<recording>%s</recording>", document);
    ck_assert_int_lt(chars, (int)sizeof(text));
    ck_assert_int_eq(metadata_read(&metadata, text, (size_t)chars), 0);
    struct role_input input = {.sdp = &sdp, .metadata = &metadata, .hints = &hints};
    roles_find(&roles, &input);
}

#define SENDS(id, stream)                                                                          \
    "<participant id='" id "'><nameID aor='" id "@x'/><send>" stream "</send></participant>"
#define STREAM(id, label) "<stream id='" id "'><label>" label "</label></stream>"

static const char people[] = SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y");

START_TEST(labels_tell_the_caller)
{
    static const struct {
        const char *first, *second;
        enum st_role role;
        enum st_siprec_source source;
    } cases[] = {
        {"1", "2", ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL},
        {"2", "1", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"0", "1", ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL},
        {"20", "10", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"callee", "caller", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"B_LEG", "A_LEG", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"inbound", "outbound", ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL},
        {"internal", "external", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"zebra", "apple", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
        {"2", NULL, ST_ROLE_AGENT, ST_SIPREC_BY_LABEL}, /* one leg of two sessions */
        {"1", NULL, ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL},
        {"zebra", NULL, ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        find(cases[i].first, cases[i].second, "", "");
        ck_assert_msg(roles.lines[0].role == cases[i].role, "%s %s", cases[i].first,
                      cases[i].second);
        ck_assert_int_eq(roles.lines[0].source, cases[i].source);
        if (cases[i].second)
            ck_assert_int_ne(roles.lines[1].role, cases[i].role);
        ck_assert(!roles.is_suspect);
    }
}
END_TEST

/* What names one role for both lines tells nobody apart: what comes after it does. */
START_TEST(one_role_for_both_is_a_guess)
{
    static const struct {
        const char *first, *second, *document;
        enum st_role role;
        enum st_siprec_source source;
    } cases[] = {
        {"1", "0", "", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER}, /* rtpengine: caller, callee */
        {"10", "1", "", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
        {"external", "a_leg", "", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
        {"caller", "caller", "", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
        {"20", "2", "", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
        /* one participant sends both */
        {"2", "1",
         "<participant id='a'><send>p</send><send>q</send></participant>" STREAM("p", "2")
             STREAM("q", "1"),
         ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        {"x", "1",
         "<participant id='a'><send>p</send><send>q</send></participant>" STREAM("p", "x")
             STREAM("q", "1"),
         ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
        /* the first has left */
        {"x", "y",
         "<participant id='a'/><participant id='b'><send>p</send></participant>"
         "<participant id='c'><send>q</send></participant>" STREAM("p", "x") STREAM("q", "y"),
         ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        find(cases[i].first, cases[i].second, "", cases[i].document);
        ck_assert_msg(roles.lines[0].role == cases[i].role, "case %zu", i);
        ck_assert_msg(roles.lines[0].source == cases[i].source, "case %zu", i);
        ck_assert_int_ne(roles.lines[1].role, cases[i].role);
        ck_assert_msg(roles.is_suspect, "case %zu", i);
    }
}
END_TEST

START_TEST(participants_tell_more_than_labels)
{
    find("x", "y", "", people);
    ck_assert_int_eq(roles.lines[0].role, ST_ROLE_CUSTOMER);
    ck_assert_int_eq(roles.lines[0].source, ST_SIPREC_BY_ASSOCIATION);
    ck_assert_int_eq(roles.lines[1].participant, 1);
    ck_assert(!roles.is_suspect);
    find("y", "x", "", people);
    ck_assert_int_eq(roles.lines[0].role, ST_ROLE_AGENT);
    ck_assert(!roles.is_suspect);
}
END_TEST

/* Each leg has a session of its own: its only participant is not the first of two. */
START_TEST(who_is_named_alone_is_told_by_the_label)
{
    static const struct {
        const char *label;
        enum st_role role;
        enum st_siprec_source source;
    } cases[] = {{"2", ST_ROLE_AGENT, ST_SIPREC_BY_LABEL},
                 {"1", ST_ROLE_CUSTOMER, ST_SIPREC_BY_LABEL},
                 {"zebra", ST_ROLE_CUSTOMER, ST_SIPREC_BY_ORDER}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char document[256];
        snprintf(document, sizeof(document), SENDS("a", "p") STREAM("p", "%s"), cases[i].label);
        find(cases[i].label, NULL, "", document);
        ck_assert_int_eq(roles.lines[0].role, cases[i].role);
        ck_assert_int_eq(roles.lines[0].source, cases[i].source);
        ck_assert_int_eq(roles.lines[0].participant, 0);
        ck_assert(!roles.is_suspect);
    }
}
END_TEST

/* Valid documents whose parts do not agree; the last of each is the same without the fault. */
START_TEST(contradictions_are_flagged)
{
    static const struct {
        const char *first, *second, *more, *document;
        bool is_suspect;
    } cases[] = {
        {"x", "z", "", SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y"), true},
        {"x", "x", "", "", true},
        {"x", "y", "", SENDS("a", "1") SENDS("b", "1") STREAM("1", "x") STREAM("2", "y"), true},
        {"x", "y", "", SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "x"), true},
        {"1", "2", "", SENDS("a", "p") SENDS("b", "q") STREAM("p", "2") STREAM("q", "1"), true},
        {"x", "y", "a=ssrc:9 cname:b@x\n",
         SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y"), true},
        {"x", "y", "a=ssrc:9 cname:a@x\n",
         SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y"), false},
        {"x", "y", "a=ssrc:9 cname:4f2\n",
         SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y"), false},
        /* a leg that is announced comes later */
        {"x", NULL, "", SENDS("a", "1") SENDS("b", "2") STREAM("1", "x") STREAM("2", "y"), false},
        {"x", "y", "", "<group id='g'/>", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        find(cases[i].first, cases[i].second, cases[i].more, cases[i].document);
        ck_assert_msg(roles.is_suspect == cases[i].is_suspect, "case %zu", i);
        if (cases[i].second)
            ck_assert_int_ne(roles.lines[0].role, roles.lines[1].role);
    }
}
END_TEST

START_TEST(patterns_fit)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"a*c", "abbc", true},
        {"a*c", "abbd", false},
        {"*@desk", "2001@DESK", true},
        {"*@desk", "desk", false},
        {"a*b*c", "axbyc", true},
        {"a*b*c", "axcyb", false},
        {"**", "x", true},
        {"abc", "ab", false},
        {"2*", "12", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(role_text_fits(cases[i].pattern, cases[i].text) == cases[i].fits, "%s %s",
                      cases[i].pattern, cases[i].text);
    char long_pattern[201], long_text[1001]; /* many stars cost no more than few */
    for (size_t i = 0; i < 200; i += 2)
        memcpy(long_pattern + i, "a*", 2);
    long_pattern[200] = 0;
    memset(long_text, 'a', 999);
    memcpy(long_text + 999, "b", 2);
    ck_assert(role_text_fits(long_pattern, long_text));
    memcpy(long_pattern + 198, "c", 2);
    ck_assert(!role_text_fits(long_pattern, long_text));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {labels_tell_the_caller,
                                  one_role_for_both_is_a_guess,
                                  participants_tell_more_than_labels,
                                  who_is_named_alone_is_told_by_the_label,
                                  contradictions_are_flagged,
                                  patterns_fit};
    sip_message_set_up();
    return run_tests("roles", tests, sizeof(tests) / sizeof(*tests));
}
