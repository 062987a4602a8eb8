/* Dialogs for what another one records already. */
#include "siprec_rig.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECONDS(n) ((int64_t)(n)*1000000)

static void replace(char *text, const char *from, const char *to)
{
    for (char *at = text; (at = strstr(at, from)) != NULL; at += strlen(to))
        memcpy(at, to, strlen(to));
}

/* A vector's INVITE as another dialog of the same session; `name` as long as the vector's. */
static void dial(const char *vector, const char *old, const char *name)
{
    static char text[16384];
    char from[64], to[64];
    snprintf(text, sizeof(text), "%s", rig_vector(vector));
    snprintf(from, sizeof(from), "Call-ID: %s", old);
    snprintf(to, sizeof(to), "Call-ID: %s", name);
    replace(text, from, to);
    snprintf(from, sizeof(from), "z9hG4bK%s", old);
    snprintf(to, sizeof(to), "z9hG4bK%s", name);
    replace(text, from, to);
    rig_put(text);
}

static void dial_standard(const char *name)
{
    dial("standard.sip", "standard", name);
}

static void call_up(int64_t age_us)
{
    rig_start();
    dial_standard("standard");
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(age_us);
}

static void acknowledge(void)
{
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", 1, "", ""));
}

/* Who was there before goes on until then, is told goodbye, and the call goes on. */
START_TEST(who_comes_later_takes_over)
{
    rig_set_up();
    call_up(SECONDS(5));
    uint64_t before = rig.told.id;
    rig.peer.port = 5062; /* of another transaction layer, on the same host */
    dial_standard("restarts");
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.ends, 0);
    ck_assert_uint_eq(rig.told.offers, 2);
    ck_assert(rig.told.is_new);
    ck_assert_uint_eq(rig.told.replaces, before);
    ck_assert_uint_ne(rig.told.id, before);
    ck_assert_str_eq(rig.told.call_id, "grp-standard");
    ck_assert_uint_eq(rig.told.stream_count, 2);
    ck_assert_uint_ne(rig.told.streams[0].channel, rig.told.streams[1].channel);
    ck_assert(!rig.told.is_suspect);
    acknowledge();
    ck_assert_uint_eq(rig.told.ends, 1);
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_REPLACED);
    ck_assert_uint_eq(rig.told.id, before);
    ck_assert_int_eq(strncmp(rig_sent(0), "BYE ", 4), 0);
    ck_assert_ptr_nonnull(strstr(rig_sent(0), "Call-ID: standard"));
    ck_assert_ptr_nonnull(strstr(rig_sent(0), "another dialog goes on"));
    rig_pass(SECONDS(60));
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 1);
    ck_assert_uint_eq(rig.told.ends, 1);
    rig_tear_down();
}
END_TEST

/* Refused by the sink at once or later, by the server itself, or never acknowledged. */
START_TEST(who_is_not_taken_takes_nothing_over)
{
    for (unsigned i = 0; i < 4; i++) {
        rig_set_up();
        rig.config.sessions_max = i == 2 ? 1 : 0;
        call_up(SECONDS(5));
        uint64_t before = rig.told.id;
        rig.waits = i == 1;
        rig.err = i == 0 ? -EBUSY : 0;
        dial_standard("restarts");
        if (i == 3)
            ck_assert_int_eq(rig_status(), 200);
        rig_pass(SECONDS(40));
        ck_assert_uint_eq(rig.told.ends, i != 2); /* the new one's */
        ck_assert(i == 2 || rig.told.id != before);
        ck_assert_uint_eq(st_siprec_live(rig.siprec), 1 + (i == 3)); /* its BYE waits */
        ck_assert_int_eq(st_siprec_end(rig.siprec, before, ST_SIPREC_END_STOPPED, rig.now_us), 0);
        ck_assert_ptr_nonnull(strstr(rig_sent(0), "Call-ID: standard"));
        rig_tear_down();
    }
}
END_TEST

/* A third that comes meanwhile is one too many; one that has gone by itself is told nothing. */
START_TEST(a_place_is_taken_once)
{
    rig_set_up();
    call_up(SECONDS(5));
    rig.waits = true;
    dial_standard("a-second");
    ck_assert_int_eq(rig_status(), 100);
    uint64_t second = rig.told.id;
    rig.waits = false;
    dial_standard("thethird");
    ck_assert_int_eq(rig_status(), 486);
    unsigned sent = rig.sent;
    struct st_siprec_answer none = {.err = -EBUSY};
    ck_assert_int_eq(st_siprec_answer(rig.siprec, second, &none, rig.now_us), 0);
    ck_assert_uint_eq(rig.sent, sent + 1);
    dial_standard("thenext1"); /* the place is to be had again */
    ck_assert_int_eq(rig_status(), 200);
    char ack[4096];
    snprintf(ack, sizeof(ack), "%s", rig_in_dialog("ACK", 1, "", ""));
    ck_assert_int_eq(st_siprec_end(rig.siprec, rig.told.replaces, ST_SIPREC_END_MEDIA, rig.now_us),
                     0);
    sent = rig.sent;
    unsigned ends = rig.told.ends;
    rig_put(ack);
    ck_assert_uint_eq(rig.sent, sent);
    ck_assert_uint_eq(rig.told.ends, ends);
    rig_tear_down();
}
END_TEST

/* Two forks of one conversation come together; and two that both mean to stay do not end each other
 * for ever. */
START_TEST(it_takes_longer_each_time)
{
    rig_set_up();
    call_up(SECONDS(1));
    dial_standard("a-second");
    ck_assert_int_eq(rig_status(), 486);
    rig_pass(SECONDS(2));
    dial_standard("afurther");
    acknowledge();
    rig_pass(SECONDS(3));
    dial_standard("standar2");
    ck_assert_int_eq(rig_status(), 486);
    rig_pass(SECONDS(2));
    dial_standard("standar3");
    acknowledge();
    rig_pass(SECONDS(7));
    dial_standard("standar4");
    ck_assert_int_eq(rig_status(), 486);
    ck_assert_uint_eq(rig.told.ends, 2);
    rig_tear_down();
}
END_TEST

/* Another host of the same cluster, where not anybody may be one. */
START_TEST(others_take_over_from_those_they_know)
{
    static const char *const allowed[] = {"192.0.2.0/24"};
    static const struct {
        bool is_known;
        const char *address, *from, *to;
        int status;
    } cases[] = {{true, "192.0.2.2", "alice@", "alice@", 200},
                 {true, "192.0.2.2", "alice@", "carol@", 486},
                 {false, "192.0.2.2", "alice@", "alice@", 486},
                 {false, "192.0.2.1", "alice@", "carol@", 200}, /* she was handed the call */
                 {false, "192.0.2.1", "aor=\"sip:", "aor=\"sip:X", 486}}; /* all are others */
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[16384];
        rig_set_up();
        rig.config.allowed = allowed;
        rig.config.allowed_count = cases[i].is_known;
        call_up(SECONDS(5));
        snprintf(rig.peer.address, sizeof(rig.peer.address), "%s", cases[i].address);
        snprintf(text, sizeof(text), "%s", rig_vector("standard.sip"));
        replace(text, "Call-ID: standard", "Call-ID: anothers");
        replace(text, "z9hG4bKstandard", "z9hG4bKanothers");
        replace(text, cases[i].from, cases[i].to);
        rig_put(text);
        ck_assert_msg(rig_status() == cases[i].status, "case %zu: %d", i, rig_status());
        if (cases[i].status == 200)
            acknowledge();
        ck_assert_uint_eq(rig.told.ends, cases[i].status == 200);
        rig_tear_down();
    }
}
END_TEST

/* One leg alone is not taken for the other leg of its call. */
START_TEST(a_leg_takes_over_from_itself)
{
    rig_set_up();
    rig_start();
    dial("metaswitch.sip", "metaswitch", "metaswitch");
    ck_assert_int_eq(rig_status(), 200);
    unsigned channel = rig.told.streams[0].channel;
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(SECONDS(5));
    dial("metaswitch.sip", "metaswitch", "metaagains");
    ck_assert_uint_eq(rig.told.streams[0].channel, channel);
    ck_assert_str_eq(rig.told.call_id, "ms-group-5");
    ck_assert(!rig.told.is_suspect);
    acknowledge();
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_REPLACED);
    rig_tear_down();
}
END_TEST

/* The other leg of a telephone is nobody's successor. */
START_TEST(the_other_leg_joins)
{
    char text[16384];
    rig_set_up();
    rig_start();
    dial("metaswitch.sip", "metaswitch", "metaswitch");
    rig_put(rig_in_dialog("ACK", 1, "", ""));
    rig_pass(SECONDS(5));
    snprintf(text, sizeof(text), "%s", rig_vector("metaswitch.sip"));
    replace(text, "Call-ID: metaswitch", "Call-ID: metaothers");
    replace(text, "z9hG4bKmetaswitch", "z9hG4bKmetaothers");
    replace(text, "+15550188@carrier", "+15550199@carrier");
    rig_put(text);
    ck_assert_int_eq(rig_status(), 200);
    ck_assert_uint_eq(rig.told.ends, 0);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 2);
    ck_assert_str_eq(rig.told.call_id, "ms-group-5");
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        who_comes_later_takes_over,
        who_is_not_taken_takes_nothing_over,
        a_place_is_taken_once,
        it_takes_longer_each_time,
        others_take_over_from_those_they_know,
        a_leg_takes_over_from_itself,
        the_other_leg_joins,
    };
    return run_tests("takeover", tests, sizeof(tests) / sizeof(*tests));
}
