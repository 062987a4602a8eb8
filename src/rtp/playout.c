#include "playout.h"

#include "sidetone/rtp_conceal.h"

#include <stdlib.h>
#include <string.h>

enum {
    US_PER_S = 1000000,
    RATE_DEFAULT_HZ = 8000, /* of silence before the first packet */
    QUIET_PEAK = 100,       /* about -50 dBFS: nobody speaks */
    OVERDUE_US = 25000,
};

void playout_init(struct playout *playout, const struct st_rtp_stream_config *config,
                  const struct st_rtp_payloads *payloads, struct st_rtp_skew *skew)
{
    *playout = (struct playout){
        .sound = config->sound,
        .user = config->user,
        .payloads = payloads,
        .skew = skew,
        .rate_hz = RATE_DEFAULT_HZ,
        .base_us = config->start_us,
    };
}

void playout_fini(struct playout *playout)
{
    for (unsigned i = 0; i < PLAYOUT_DECODERS; i++)
        st_rtp_decoder_destroy(playout->decoders[i].decoder);
}

static int64_t to_samples(const struct playout *playout, int64_t us)
{
    int64_t seconds = us / US_PER_S, rest = us % US_PER_S;
    return seconds * playout->rate_hz + (rest * playout->rate_hz + US_PER_S / 2) / US_PER_S;
}

static int64_t to_us(const struct playout *playout, int64_t samples)
{
    int64_t seconds = samples / playout->rate_hz, rest = samples % playout->rate_hz;
    return seconds * US_PER_S + rest * US_PER_S / playout->rate_hz;
}

/* ---- out ---- */

static void emit(struct playout *playout, enum st_rtp_sound_kind kind, const int16_t *samples,
                 int64_t count)
{
    if (count <= 0)
        return;
    struct st_rtp_sound sound = {
        .kind = kind,
        .samples = samples,
        .count = (uint64_t)count,
        .rate_hz = playout->rate_hz,
        .position_us = playout->base_us + to_us(playout, playout->samples),
    };
    playout->samples += count;
    if (kind == ST_RTP_SOUND_CONCEALED)
        playout->concealed_us += to_us(playout, count);
    if (kind == ST_RTP_SOUND_SILENCE)
        playout->silence_us += to_us(playout, count);
    playout->sound(playout->user, &sound);
}

static void emit_silence(struct playout *playout, int64_t count)
{
    if (count > 0 && playout->current)
        st_rtp_decoder_silence(playout->current);
    emit(playout, ST_RTP_SOUND_SILENCE, NULL, count);
}

/* Samples from where the sound has come to until a position of the packets. */
static int64_t measure_hole(const struct playout *playout, int64_t position_us)
{
    int64_t at = to_samples(playout, position_us + playout->correction_us - playout->base_us);
    return at > playout->samples ? at - playout->samples : 0;
}

/* ---- the sender's clock ---- */

static void correct(struct playout *playout, int64_t us)
{
    playout->correction_us += us;
    st_rtp_skew_correct(playout->skew, us);
}

/* In a silence of that many samples; returns how many it is to have. */
static int64_t correct_silence(struct playout *playout, int64_t count)
{
    int64_t due_us = count > 0 ? st_rtp_skew_due_us(playout->skew) : 0;
    int64_t due = due_us < 0 ? -to_samples(playout, -due_us) : to_samples(playout, due_us);
    if (due < 0 && -due > count)
        due = -count;
    if (due == 0)
        return count;
    correct(playout, due < 0 ? -to_us(playout, -due) : to_us(playout, due));
    return count + due;
}

static bool is_quiet(const int16_t *samples, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (samples[i] > QUIET_PEAK || samples[i] < -QUIET_PEAK)
            return false;
    return true;
}

/* In received audio: returns samples to leave out at its end; what it lacks is put before it. */
static int64_t correct_audio(struct playout *playout, const int16_t *samples, int64_t count)
{
    int64_t due_us = st_rtp_skew_due_us(playout->skew);
    if (due_us == 0)
        return 0;
    int64_t lag_us = st_rtp_skew_drift_us(playout->skew) - playout->skew->corrected_us;
    bool is_overdue = lag_us > OVERDUE_US || lag_us + playout->skew->shifted_us < -OVERDUE_US;
    if (!is_overdue && !is_quiet(samples, count))
        return 0;
    if (due_us > 0) {
        correct(playout, due_us);
        emit(playout, ST_RTP_SOUND_SILENCE, NULL, to_samples(playout, due_us));
        return 0;
    }
    int64_t less = to_samples(playout, -due_us);
    less = less < count ? less : count;
    correct(playout, -to_us(playout, less));
    return less;
}

/* ---- decoders ---- */

static void change_rate(struct playout *playout, uint32_t rate_hz)
{
    if (rate_hz == playout->rate_hz)
        return;
    playout->base_us += to_us(playout, playout->samples);
    playout->samples = 0;
    playout->rate_hz = rate_hz;
}

static struct st_rtp_decoder *find_decoder(struct playout *playout, uint8_t payload_type)
{
    const struct st_rtp_format *format = &playout->payloads->formats[payload_type];
    for (unsigned i = 0; i < PLAYOUT_DECODERS; i++)
        if (playout->decoders[i].decoder && playout->decoders[i].payload_type == payload_type &&
            st_rtp_format_is_same(&playout->decoders[i].format, format))
            return playout->decoders[i].decoder;
    struct st_rtp_decoder *decoder;
    if (st_rtp_decoder_create_side(&decoder, format, playout->payloads->side))
        return NULL;
    unsigned at = playout->next_decoder;
    playout->next_decoder = (at + 1) % PLAYOUT_DECODERS;
    if (playout->current == playout->decoders[at].decoder)
        playout->current = NULL;
    st_rtp_decoder_destroy(playout->decoders[at].decoder);
    playout->decoders[at].payload_type = payload_type;
    playout->decoders[at].format = *format;
    playout->decoders[at].decoder = decoder;
    return decoder;
}

static struct st_rtp_decoder *choose_decoder(struct playout *playout, uint8_t payload_type)
{
    struct st_rtp_decoder *decoder = find_decoder(playout, payload_type);
    if (decoder && decoder != playout->current) {
        st_rtp_decoder_reset(decoder);
        change_rate(playout, st_rtp_decoder_rate_hz(decoder));
    }
    playout->current = decoder;
    return decoder;
}

/* ---- in ---- */

static int64_t most_concealed(const struct playout *playout)
{
    return (int64_t)playout->rate_hz * ST_RTP_CONCEAL_MAX_US / US_PER_S;
}

/* Loss that silence follows, or that is too long: its beginning is concealed. */
static void pass_apart(struct playout *playout, int64_t hole, int64_t lost)
{
    int16_t out[ST_RTP_DECODED_MAX];
    int64_t most = most_concealed(playout), concealed = lost < most ? lost : most;
    if (concealed > 0 && playout->current) {
        st_rtp_decoder_conceal(playout->current, (size_t)concealed, out);
        emit(playout, ST_RTP_SOUND_CONCEALED, out, concealed);
    } else {
        concealed = 0;
    }
    emit_silence(playout, correct_silence(playout, hole - concealed));
}

static void pass_audio(struct playout *playout, const struct st_rtp_unit *unit, int64_t lost)
{
    int16_t out[ST_RTP_DECODED_MAX];
    ssize_t all = -1;
    if (playout->current)
        all =
            st_rtp_decoder_decode(playout->current, unit->payload, unit->bytes, (size_t)lost, out);
    if (all < 0) {
        playout->undecodable++;
        emit_silence(playout, lost + to_samples(playout, unit->span_us));
        return;
    }
    int64_t count = all - lost;
    emit(playout, ST_RTP_SOUND_CONCEALED, out, lost);
    int64_t less = correct_audio(playout, out + lost, count);
    emit(playout, ST_RTP_SOUND_RECEIVED, out + lost, count - less);
}

void playout_pass(struct playout *playout, const struct st_rtp_gap *gap,
                  const struct st_rtp_unit *unit)
{
    int64_t end_us = unit ? unit->position_us : gap->position_us + gap->silence_us;
    bool is_audio = unit && unit->kind == ST_RTP_AUDIO;
    struct st_rtp_decoder *before = playout->current;
    if (before && unit && unit->is_splice)
        st_rtp_decoder_reset(before);
    playout->bursts += gap->lost_packets > 0;
    /* Another codec cannot conceal what was lost of the one before. */
    int64_t lost_us = gap->lost_us;
    if (is_audio && choose_decoder(playout, unit->payload_type) != before)
        lost_us = 0;
    int64_t hole = measure_hole(playout, end_us), lost = to_samples(playout, lost_us);
    lost = lost < hole ? lost : hole;
    bool is_together = is_audio && lost == hole && lost <= most_concealed(playout);
    if (!is_together)
        pass_apart(playout, hole, lost);
    if (is_audio)
        pass_audio(playout, unit, is_together ? lost : 0);
}
