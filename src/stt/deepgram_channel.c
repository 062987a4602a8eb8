#include "deepgram_channel.h"

#include <errno.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    FRAGMENT_US = 3 * SECOND_US,
    JOINED_MAX_BYTES = 4096,
    SPAN_SLACK_US = 300 * MS_US,
};

void st_deepgram_channel_init(struct st_deepgram_channel *channel,
                              const struct st_engine_stream_config *config, unsigned index)
{
    *channel = (struct st_deepgram_channel){.config = config, .index = index, .id = 1};
}

void st_deepgram_channel_fini(struct st_deepgram_channel *channel)
{
    st_kept_fini(&channel->pieces);
    st_kept_fini(&channel->shown);
    st_kept_fini(&channel->held);
    st_deepgram_found_fini(&channel->found);
    st_deepgram_found_fini(&channel->held_found);
}

static void tell(struct st_deepgram_channel *channel, struct st_segment *segment, bool is_final)
{
    segment->id = channel->id;
    segment->is_final = is_final;
    channel->config->sink->segment(channel->config->user, channel->index, segment);
}

/* Behind the final they are in. */
static void tell_found(struct st_deepgram_channel *channel)
{
    for (size_t i = 0; i < channel->found.count && channel->config->wants_findings; i++) {
        const struct st_deepgram_entity *entity = &channel->found.items[i];
        struct st_vendor_finding finding = {.type = ST_VENDOR_ENTITY,
                                            .segment_id = channel->id,
                                            .start_us = entity->start_us,
                                            .end_us = entity->end_us,
                                            .name = entity->label,
                                            .confidence = entity->confidence};
        channel->config->sink->finding(channel->config->user, channel->index, &finding);
    }
    channel->found.count = 0;
}

/* Ends the growing segment; an empty one withdraws its partial. */
static void end_segment(struct st_deepgram_channel *channel)
{
    if (channel->pieces.is_used || channel->has_partial) {
        struct st_segment withdrawn = {.start_us = channel->last_start_us,
                                       .end_us = channel->done_us,
                                       .text = "",
                                       .confidence = ST_CONFIDENCE_ABSENT};
        tell(channel, channel->pieces.is_used ? &channel->pieces.segment : &withdrawn, true);
        tell_found(channel);
        channel->id++;
    }
    st_kept_reset(&channel->pieces);
    channel->found.count = 0;
    channel->has_partial = false;
    channel->config->sink->settled(channel->config->user, channel->index, channel->done_us);
}

static bool ends_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && strchr(".?!", text[len - 1]);
}

static bool is_fragment(const struct st_kept *pieces)
{
    const struct st_segment *segment = &pieces->segment;
    return segment->end_us - segment->start_us < FRAGMENT_US && !ends_sentence(segment->text) &&
           strlen(segment->text) < JOINED_MAX_BYTES;
}

/* A final span, known to be the next. */
static void take_piece(struct st_deepgram_channel *channel, const struct st_segment *piece,
                       struct st_deepgram_found *found, int64_t start_us, int64_t end_us,
                       bool is_last)
{
    st_deepgram_found_move(&channel->found, found);
    channel->last_start_us = start_us;
    channel->done_us = end_us;
    if (piece->text[0])
        st_kept_put(&channel->pieces, piece);
    if (is_last || !channel->pieces.is_used || !is_fragment(&channel->pieces))
        end_segment(channel);
}

static void release_held(struct st_deepgram_channel *channel)
{
    if (!channel->held.is_used)
        return;
    channel->held.is_used = false;
    take_piece(channel, &channel->held.segment, &channel->held_found, channel->held_start_us,
               channel->held_end_us, channel->is_held_last);
}

static void hold(struct st_deepgram_channel *channel, const struct st_segment *piece,
                 struct st_deepgram_reply *reply)
{
    st_deepgram_found_move(&channel->held_found, &reply->found);
    st_kept_reset(&channel->held);
    st_kept_put(&channel->held, piece);
    channel->held_start_us = reply->start_us;
    channel->held_end_us = reply->end_us;
    channel->is_held_last = reply->is_speech_final;
}

static struct st_segment read_piece(const struct st_deepgram_reply *reply)
{
    struct st_segment piece = st_reply_segment(&reply->reply, reply->start_us, reply->end_us);
    piece.text = reply->text;
    piece.confidence = reply->confidence;
    piece.language = reply->language[0] ? reply->language : NULL;
    return piece;
}

/* Or is held, and will be. */
static bool is_told(const struct st_deepgram_channel *channel,
                    const struct st_deepgram_reply *reply)
{
    return (reply->end_us > 0 && reply->start_us == channel->last_start_us &&
            reply->end_us == channel->done_us) ||
           (channel->held.is_used && reply->start_us == channel->held_start_us);
}

static int handle_final(struct st_deepgram_channel *channel, struct st_deepgram_reply *reply)
{
    struct st_segment piece = read_piece(reply);
    if (channel->held.is_used && reply->start_us >= channel->held_start_us + SPAN_SLACK_US)
        release_held(channel);
    if (is_told(channel, reply))
        return 0;
    if (reply->start_us < channel->done_us - SPAN_SLACK_US)
        return -EPROTO;
    if (reply->start_us > channel->done_us + SPAN_SLACK_US && !channel->held.is_used) {
        hold(channel, &piece, reply);
        return 0;
    }
    take_piece(channel, &piece, &reply->found, reply->start_us, reply->end_us,
               reply->is_speech_final);
    release_held(channel);
    return 0;
}

static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return value;
}

static void handle_interim(struct st_deepgram_channel *channel,
                           const struct st_deepgram_reply *reply)
{
    struct st_segment interim = read_piece(reply);
    release_held(channel);
    if (!channel->config->wants_partials || (!interim.text[0] && !channel->pieces.is_used))
        return;
    st_kept_reset(&channel->shown);
    if (channel->pieces.is_used)
        st_kept_put(&channel->shown, &channel->pieces.segment);
    if (interim.text[0])
        st_kept_put(&channel->shown, &interim);
    uint64_t text_hash = hash(channel->shown.segment.text);
    if (channel->has_partial && text_hash == channel->told_hash)
        return;
    channel->told_hash = text_hash;
    channel->has_partial = true;
    channel->shown.segment.word_count = 0;
    channel->shown.segment.word_times = ST_WORD_TIMES_NONE;
    tell(channel, &channel->shown.segment, false);
}

int st_deepgram_channel_results(struct st_deepgram_channel *channel,
                                struct st_deepgram_reply *reply)
{
    int err = 0;
    if (reply->is_final)
        err = handle_final(channel, reply);
    else
        handle_interim(channel, reply);
    if (reply->end_us > channel->answered_us)
        channel->answered_us = reply->end_us;
    return err;
}

void st_deepgram_channel_utterance_end(struct st_deepgram_channel *channel)
{
    release_held(channel);
    if (channel->pieces.is_used)
        end_segment(channel);
}

void st_deepgram_channel_end(struct st_deepgram_channel *channel)
{
    release_held(channel);
    if (channel->pieces.is_used || channel->has_partial)
        end_segment(channel);
}
