/* Messages of Azure's speech service, each behind the letter T or B (text or binary), parted by the
 * byte 0x1e, to a stream that sends audio between them. */
#include "fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void put_messages(const struct st_engine_ops *ops, struct st_engine_stream *stream,
                         const uint8_t *data, size_t bytes)
{
    static const int16_t samples[800];
    static const struct st_frame frame = {samples, 800, 8000, 0};
    while (bytes > 0) {
        const uint8_t *end = memchr(data, 0x1e, bytes);
        size_t len = end ? (size_t)(end - data) : bytes;
        for (int i = 0; i < 5; i++)
            ops->audio(stream, &frame);
        if (len > 0 && ops->receive(stream, data + 1, len - 1, data[0] == 'B') != 0)
            return;
        len += end != NULL;
        data += len;
        bytes -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct st_engine *engine;
    static char name[] = "e", url[] = "ws://localhost", key[] = "k", none[] = "";
    static struct st_config_remote_engine remote = {
        .name = name, .url = url, .key = key, .region = none, .model = none, .ca_file = none};
    const struct st_engine_ops *ops = st_engine_find("azure");
    struct st_config_engines config = {0};
    struct st_engine_stream_config stream_config = {.rate_hz = 8000,
                                                    .channels = 1,
                                                    .call_id = "",
                                                    .language = "en-US",
                                                    .wants_partials = true,
                                                    .sink = &fuzz_sink};
    struct st_engine_stream *stream;
    char why[200];
    memset(fuzz_ids, 0, sizeof(fuzz_ids));
    if ((!engine && ops->load(&engine, &config, &remote, why, sizeof(why)) != 0) ||
        ops->open(&stream, engine, &stream_config) != 0)
        abort();
    put_messages(ops, stream, data, bytes);
    ops->finish(stream);
    ops->receive(stream, "Path:turn.end\r\n\r\n{}", 19, false);
    ops->close(stream);
    return 0;
}
