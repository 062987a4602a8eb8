/* Event-stream frames: whole, and the same in pieces. */
#include "stt/aws/event_stream.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static size_t touch(const struct st_event_message *message)
{
    size_t sum = message->payload_bytes > 0 ? message->payload[message->payload_bytes - 1] : 0;
    for (size_t i = 0; i < message->header_count; i++) {
        const struct st_event_header *header = &message->headers[i];
        sum += (size_t)header->name[header->name_bytes - 1] + (size_t)header->number;
        if (header->bytes > 0)
            sum += header->data[header->bytes - 1];
    }
    return sum;
}

static size_t read_all(const uint8_t *data, size_t bytes, size_t piece)
{
    struct st_event_reader reader = {0};
    struct st_event_message message;
    size_t sum = 0;
    int found = 0;
    for (size_t done = 0; done < bytes && found >= 0; done += piece) {
        const uint8_t *at = data + done;
        const uint8_t *end = at + (bytes - done < piece ? bytes - done : piece);
        while ((found = st_event_read(&reader, &at, end, &message)) > 0)
            sum += 1 + touch(&message);
        assert(found < 0 || at == end);
    }
    st_event_reader_fini(&reader);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t whole = read_all(data, bytes, bytes + 1);
    assert(read_all(data, bytes, 1) == whole && read_all(data, bytes, 7) == whole);
    return 0;
}
