#include "metadata.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct metadata metadata;

static int read_text(const char *text)
{
    return metadata_read(&metadata, text, strlen(text));
}

static const char people[] =
    "<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode>"
    "<group group_id='g'/><session session_id='s'><sipSessionID>a;remote=b</sipSessionID></session>"
    "<participant participant_id='p'><nameID aor='sip:al@x;user=phone'><name> Al </name></nameID>"
    "</participant><participant participant_id='q'><nameID aor='&lt;tel:+1555&gt;'/></participant>"
    "<stream stream_id='1' session_id='s'><label>96</label></stream>"
    "<stream stream_id='2' session_id='s'><label>97</label></stream>"
    "<participantstreamassoc participant_id='p'><send>1</send><recv>2</recv>"
    "</participantstreamassoc><participantstreamassoc participant_id='q'><send>2</send>"
    "</participantstreamassoc></recording>";

START_TEST(a_document_is_read)
{
    metadata_init(&metadata);
    ck_assert(metadata.is_empty);
    ck_assert_int_eq(read_text(people), 0);
    ck_assert(!metadata.is_empty && !metadata.is_partial);
    ck_assert_str_eq(metadata.group, "g");
    ck_assert_str_eq(metadata.session, "s");
    ck_assert_str_eq(metadata.sip_session, "a;remote=b");
    ck_assert_uint_eq(metadata.participant_count, 2);
    ck_assert_str_eq(metadata.participants[0].aor, "al@x");
    ck_assert_str_eq(metadata.participants[0].name, "Al");
    ck_assert_str_eq(metadata.participants[1].aor, "+1555");
    int stream = metadata_find_label(&metadata, "97");
    ck_assert_int_eq(stream, 1);
    ck_assert_int_eq(metadata_find_sender(&metadata, metadata.streams[stream].id), 1);
    ck_assert_int_eq(metadata_find_label(&metadata, ""), -1);
    ck_assert_int_eq(metadata_find_label(&metadata, "98"), -1);
}
END_TEST

START_TEST(partial_documents_are_merged_by_id)
{
    metadata_init(&metadata);
    read_text(people);
    ck_assert_int_eq(
        read_text("<recording><dataMode>Partial</dataMode><participant participant_id='p'>"
                  "<nameID aor='sip:ann@x'/></participant><participant participant_id='r'>"
                  "<nameID aor='sip:cy@x'/></participant><participantsessionassoc "
                  "participant_id='q' disassociate-time='now'/><participantstreamassoc "
                  "participant_id='r'><send>2</send></participantstreamassoc></recording>"),
        0);
    ck_assert_uint_eq(metadata.participant_count, 3);
    ck_assert_str_eq(metadata.participants[0].aor, "ann@x");
    ck_assert_str_eq(metadata.participants[0].name, "Al");
    ck_assert(metadata.participants[1].has_left);
    ck_assert_int_eq(metadata_find_sender(&metadata, "2"), 2);
    ck_assert_uint_eq(metadata.stream_count, 2);
    ck_assert_str_eq(metadata.group, "g");
}
END_TEST

START_TEST(a_complete_document_replaces_but_silence_does_not)
{
    metadata_init(&metadata);
    read_text(people);
    read_text("<recording><datamode>complete</datamode></recording>");
    ck_assert_uint_eq(metadata.participant_count, 2);
    read_text("<recording><datamode>complete</datamode><participant participant_id='z'/>"
              "</recording>");
    ck_assert_uint_eq(metadata.participant_count, 1);
    ck_assert_uint_eq(metadata.stream_count, 0);
    ck_assert_str_eq(metadata.session, "s");
}
END_TEST

/* Who is said to send no more does not, whether that names the stream or not. */
START_TEST(an_association_may_be_over)
{
    static const char *const ends[] = {
        "<send>2</send><disassociate-time>now</disassociate-time>",
        "<disassociate-time>now</disassociate-time><send>2</send>",
        "<disassociate-time>now</disassociate-time>",
    };
    static char text[1024];
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        metadata_init(&metadata);
        read_text(people);
        snprintf(text, sizeof(text),
                 "<recording><datamode>partial</datamode><participant participant_id='r'/>"
                 "<participantstreamassoc participant_id='q'>%s</participantstreamassoc>"
                 "<participantstreamassoc participant_id='r'><send>2</send>"
                 "</participantstreamassoc></recording>",
                 ends[i]);
        ck_assert_int_eq(read_text(text), 0);
        ck_assert_uint_eq(metadata.participants[1].send_count, 0);
        ck_assert_int_eq(metadata_find_sender(&metadata, "2"), 2);
    }
}
END_TEST

#define PERSON(id)                                                                                 \
    "<participant participant_id='" id "'><nameID aor='sip:" id "@desk'/></participant>"
#define THERE(id, times)                                                                           \
    "<participantsessionassoc participant_id='" id "'>" times "</participantsessionassoc>"
#define SPEAKS(id, times)                                                                          \
    "<participantstreamassoc participant_id='" id "'><send>s</send>" times                         \
    "</participantstreamassoc>"
#define FROM "<associate-time>2026-03-01T10:00:00Z</associate-time>"
#define UNTIL "<disassociate-time>2026-03-01T10:05:00Z</disassociate-time>"

/* Who speaks on a stream now, by the times at which people came and went: whatever order they are
 * named in, and however often they come back. */
START_TEST(people_come_and_go_by_their_times)
{
    static const struct {
        const char *first, *then; /* then: partial; NULL: nothing */
        const char *speaker;      /* NULL: nobody */
    } cases[] = {
        {PERSON("a") THERE("a", FROM) SPEAKS("a", FROM), NULL, "a@desk"},
        /* a call that was handed on before it was recorded, told whole */
        {PERSON("a") PERSON("b") THERE("a", FROM UNTIL) THERE("b", FROM) SPEAKS("a", FROM UNTIL)
             SPEAKS("b", FROM),
         NULL, "b@desk"},
        {PERSON("b") PERSON("a") THERE("b", FROM) THERE("a", FROM UNTIL) SPEAKS("b", FROM)
             SPEAKS("a", FROM UNTIL),
         NULL, "b@desk"},
        {PERSON("b") PERSON("a") THERE("a", FROM UNTIL) SPEAKS("b", FROM) SPEAKS("a", FROM), NULL,
         "b@desk"},
        {PERSON("b") PERSON("a") SPEAKS("b", FROM) SPEAKS("a", FROM UNTIL), NULL, "b@desk"},
        /* times as attributes, and where drafts have them */
        {PERSON("b") PERSON("a") "<participantsessionassoc participant_id='a' associate-time='x' "
                                 "disassociate-time='y'/>" SPEAKS("b", "") SPEAKS("a", ""),
         NULL, "b@desk"},
        {PERSON("b") "<participant id='a'><send>s</send>" FROM UNTIL
                     "</participant>" SPEAKS("b", FROM),
         NULL, "b@desk"},
        /* a time that is not given is none */
        {PERSON("a") PERSON("b") THERE("a", FROM "<disassociate-time/>")
             SPEAKS("a", FROM "<disassociate-time> </disassociate-time>"),
         NULL, "a@desk"},
        /* everybody has left */
        {PERSON("a") THERE("a", FROM UNTIL) SPEAKS("a", FROM UNTIL), NULL, NULL},
        /* joined by a third, who takes over and hands back */
        {PERSON("a") SPEAKS("a", FROM), PERSON("b") SPEAKS("b", FROM) SPEAKS("a", FROM UNTIL),
         "b@desk"},
        {PERSON("a") PERSON("b") SPEAKS("a", FROM UNTIL) SPEAKS("b", FROM),
         THERE("b", FROM UNTIL) THERE("a", FROM) SPEAKS("a", FROM), "a@desk"},
        {PERSON("a") PERSON("b") THERE("a", FROM UNTIL) THERE("b", FROM) SPEAKS("a", FROM UNTIL)
             SPEAKS("b", FROM),
         THERE("a", FROM) SPEAKS("b", FROM UNTIL) SPEAKS("a", FROM), "a@desk"},
        /* who went and came back within one document is there */
        {PERSON("a") THERE("a", FROM UNTIL) THERE("a", FROM) SPEAKS("a", FROM UNTIL)
             SPEAKS("a", FROM),
         NULL, "a@desk"},
    };
    static char text[4096];
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        metadata_init(&metadata);
        snprintf(text, sizeof(text), "<recording>%s</recording>", cases[i].first);
        ck_assert_int_eq(read_text(text), 0);
        snprintf(text, sizeof(text), "<recording><datamode>partial</datamode>%s</recording>",
                 cases[i].then ? cases[i].then : "");
        if (cases[i].then)
            ck_assert_int_eq(read_text(text), 0);
        int sender = metadata_find_sender(&metadata, "s");
        ck_assert_msg((sender >= 0) == (cases[i].speaker != NULL), "case %zu", i);
        if (sender >= 0)
            ck_assert_msg(strcmp(metadata.participants[sender].aor, cases[i].speaker) == 0,
                          "case %zu: %s", i, metadata.participants[sender].aor);
    }
}
END_TEST

/* However often a call is handed on, the latest has a place, and the first keeps its own. */
START_TEST(many_may_take_part_one_after_another)
{
    static char text[1024];
    metadata_init(&metadata);
    read_text(people);
    for (int i = 0; i < 3 * METADATA_PARTICIPANTS_MAX; i++) {
        snprintf(text, sizeof(text),
                 "<recording><datamode>partial</datamode>"
                 "<participantsessionassoc participant_id='%s%d' disassociate-time='now'/>"
                 "<participant participant_id='n%d'><nameID aor='sip:%d@desk'/></participant>"
                 "<participantstreamassoc participant_id='n%d'><send>2</send>"
                 "</participantstreamassoc></recording>",
                 "n", i - 1, i, i, i);
        ck_assert_int_eq(read_text(text), 0);
        int sender = metadata_find_sender(&metadata, "2");
        ck_assert_int_ge(sender, 0);
        snprintf(text, sizeof(text), "%d@desk", i);
        ck_assert_str_eq(metadata.participants[sender].aor, text);
        ck_assert_str_eq(metadata.participants[0].id, "p");
    }
}
END_TEST

/* Two ids that only differ where they are too long are two. */
START_TEST(long_ids_are_told_apart)
{
    static char text[4096], word[600], first[METADATA_TEXT_MAX];
    for (size_t chars = METADATA_ID_MAX; chars < 500; chars += 60)
        for (int way = 0; way < 4; way++) {
            static const char *const before[] = {"<group group_id='", "<group-ref>",
                                                 "<extTrackingID>", "<sipSessionID>"};
            static const char *const behind[] = {"'/>", "</group-ref>", "</extTrackingID>",
                                                 "</sipSessionID>"};
            const char *const kept[] = {metadata.group, metadata.group, metadata.tracking,
                                        metadata.sip_session};
            memset(word, 'w', chars);
            word[chars] = 0;
            for (int i = 0; i < 2; i++) {
                word[chars - 1] = i ? 'y' : 'x';
                snprintf(text, sizeof(text), "<r>%s%s%s</r>", before[way], word, behind[way]);
                metadata_init(&metadata);
                ck_assert_int_eq(read_text(text), 0);
                if (i == 0)
                    memcpy(first, kept[way], strlen(kept[way]) + 1);
            }
            ck_assert_str_ne(first, kept[way]);
        }
}
END_TEST

/* A broken document counts as far as it goes; what was known before stays. */
START_TEST(any_cut_counts_as_far_as_it_goes)
{
    for (size_t cut = 0; cut < sizeof(people) - 1; cut++) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, people, cut);
        metadata_init(&metadata);
        ck_assert_int_eq(read_text(people), 0);
        ck_assert_int_eq(metadata_read(&metadata, exact, cut), -EBADMSG);
        ck_assert_uint_eq(metadata.participant_count, 2);
        ck_assert_str_eq(metadata.participants[0].aor, "al@x");
        free(exact);
    }
}
END_TEST

START_TEST(junk_around_it_is_passed_over)
{
    static char text[2048];
    metadata_init(&metadata);
    snprintf(text, sizeof(text), " \r\n<?xml version=\"1.0\"?>%s \r\n", people);
    ck_assert_int_eq(metadata_read(&metadata, text, strlen(text) + 1), 0); /* with its NUL */
    ck_assert_uint_eq(metadata.participant_count, 2);
}
END_TEST

/* Entities that would grow to gigabytes, files of this machine, parameters. */
START_TEST(a_doctype_is_refused_whole)
{
    static const char billion[] =
        "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
        "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>"
        "<r><group group_id='&d;'/></r>";
    static const char *const bombs[] = {
        billion,
        "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r><group group_id='g'/></r>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><name>&x;</name></r>",
        "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY % p SYSTEM 'http://x/'> %p;]><r/>",
    };
    for (size_t i = 0; i < sizeof(bombs) / sizeof(*bombs); i++) {
        metadata_init(&metadata);
        ck_assert_int_eq(read_text(bombs[i]), -EPROTO);
        ck_assert(metadata.is_empty);
        ck_assert_str_eq(metadata.group, "");
    }
}
END_TEST

START_TEST(size_depth_and_numbers_are_bounded)
{
    static char text[METADATA_BYTES_MAX + 64];
    metadata_init(&metadata);
    memset(text, ' ', sizeof(text));
    ck_assert_int_eq(metadata_read(&metadata, text, METADATA_BYTES_MAX + 1), -EMSGSIZE);
    for (int depth = METADATA_DEPTH_MAX - 2; depth < METADATA_DEPTH_MAX + 2; depth++) {
        char *at = text;
        for (int i = 0; i < depth; i++)
            at += sprintf(at, "<a>");
        for (int i = 0; i < depth; i++)
            at += sprintf(at, "</a>");
        ck_assert_int_eq(read_text(text), depth < METADATA_DEPTH_MAX ? 0 : -EMSGSIZE);
    }
    char *at = text + sprintf(text, "<r>");
    for (int i = 0; i < 100; i++)
        at += sprintf(at,
                      "<participant id='p%d'><send>x</send><send>x</send><send>x</send>"
                      "<send>x</send><send>x</send></participant><stream id='s%d'/>",
                      i, i);
    sprintf(at, "</r>");
    ck_assert_int_eq(read_text(text), 0);
    ck_assert_uint_eq(metadata.participant_count, METADATA_PARTICIPANTS_MAX);
    ck_assert_uint_eq(metadata.stream_count, METADATA_STREAMS_MAX);
    ck_assert_uint_eq(metadata.participants[0].send_count, METADATA_SENDS_MAX);
}
END_TEST

/* Texts of every length around what is kept. */
START_TEST(long_texts_are_cut_off)
{
    static char text[8192], word[1024];
    for (size_t chars = 0; chars < 300; chars++) {
        memset(word, 'w', chars);
        word[chars] = 0;
        snprintf(text, sizeof(text),
                 "<r><group group_id='%s'/><participant id='%s'><nameID aor='%s'/><name>%s</name>"
                 "</participant><stream id='%s'><label>%s</label></stream></r>",
                 word, word, word, word, word, word);
        metadata_init(&metadata);
        ck_assert_int_eq(read_text(text), 0);
        size_t id = chars < METADATA_ID_MAX - 1 ? chars : METADATA_ID_MAX - 1;
        size_t name = chars < METADATA_TEXT_MAX - 1 ? chars : METADATA_TEXT_MAX - 1;
        ck_assert_uint_eq(strlen(metadata.group), id);
        ck_assert_uint_eq(strlen(metadata.streams[0].label), id);
        ck_assert_uint_eq(strlen(metadata.participants[0].name), name);
        ck_assert_uint_eq(strlen(metadata.participants[0].aor), name);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_document_is_read,
        partial_documents_are_merged_by_id,
        a_complete_document_replaces_but_silence_does_not,
        an_association_may_be_over,
        people_come_and_go_by_their_times,
        many_may_take_part_one_after_another,
        long_ids_are_told_apart,
        any_cut_counts_as_far_as_it_goes,
        junk_around_it_is_passed_over,
        a_doctype_is_refused_whole,
        size_depth_and_numbers_are_bounded,
        long_texts_are_cut_off,
    };
    return run_tests("metadata", tests, sizeof(tests) / sizeof(*tests));
}
