#include "encode.h"

#include "sidetone/call_facts.h"
#include "sidetone/media_quality.h"

static const char *const alarm_names[ST_MEDIA_ALARMS] = {"one_way_audio", "clipped",
                                                         "identical_channels", "rate_mismatch"};

static void put_alarms(struct st_json_writer *json, unsigned alarms)
{
    st_json_key(json, "alarms");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_MEDIA_ALARMS; i++)
        if (alarms >> i & 1)
            st_json_string(json, alarm_names[i]);
    st_json_end_array(json);
}

static void put_channel(struct st_json_writer *json, const struct st_media_quality *quality)
{
    st_json_set_int(json, "received", (int64_t)quality->received);
    st_json_set_int(json, "lost", quality->lost);
    st_json_set_int(json, "late", (int64_t)quality->late);
    st_json_set_int(json, "duplicates", (int64_t)quality->duplicates);
    st_json_set_int(json, "reordered", (int64_t)quality->reordered);
    st_json_set_int(json, "concealed_ms", st_encode_ms(quality->concealed_us));
    st_json_set_int(json, "silence_ms", st_encode_ms(quality->silence_us));
    st_json_set_real(json, "jitter_ms", (double)quality->jitter_us / 1000, 1);
    st_json_set_int(json, "clock_ppm", quality->clock_ppm);
    st_json_set_real(json, "loss_pct", (double)quality->loss_pct, 2);
    st_json_key(json, "mos");
    if (quality->mos > 0)
        st_json_real(json, (double)quality->mos, 2);
    else
        st_json_null(json);
    put_alarms(json, quality->alarms);
}

void st_message_put_quality(struct st_json_writer *json, const struct st_media_quality *channels,
                            const struct st_call_facts *facts)
{
    st_json_key(json, "quality");
    st_json_begin_array(json);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (!channels[i].is_known)
            continue;
        st_json_begin_object(json);
        st_encode_speaker(json, i, facts->roles[i]);
        put_channel(json, &channels[i]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
}
