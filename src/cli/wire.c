#include "wire.h"

#include <string.h>

static const struct st_wire_ops *const all[] = {&st_wire_pcm, &st_wire_twilio, &st_wire_acs,
                                                &st_wire_rtp, &st_wire_srtp,   &st_wire_siprec};

const struct st_wire_ops *st_wire_find(const char *name)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

void st_wire_init(struct st_wire *wire, const struct st_wire_ops *ops,
                  void (*put)(void *user, const void *data, size_t bytes, bool is_binary),
                  void *user)
{
    *wire = (struct st_wire){.ops = ops, .put = put, .user = user};
    st_json_init(&wire->json);
}

void st_wire_fini(struct st_wire *wire)
{
    st_json_fini(&wire->json);
}

void st_wire_put_json(struct st_wire *wire)
{
    wire->put(wire->user, wire->json.data, wire->json.len, false);
    st_json_reset(&wire->json);
}

void st_wire_set_given(struct st_wire *wire, const char *key, const char *value)
{
    if (value)
        st_json_set_string(&wire->json, key, value);
}
