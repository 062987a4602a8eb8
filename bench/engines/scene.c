#include "scene.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LISTENERS_PER_CALL = 8, LISTENERS_SPARE = 64 };

/* Zeroes; taken up as it is touched. */
static void *share(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return memory;
}

struct scene *scene_create(unsigned calls, uint64_t frames_max)
{
    struct scene *scene = share(sizeof(*scene));
    scene->calls = calls;
    scene->frames_max = frames_max;
    scene->listeners_max = calls * LISTENERS_PER_CALL + LISTENERS_SPARE;
    scene->sent_ns = share(calls * frames_max * sizeof(uint64_t));
    for (unsigned i = 0; i < SCENE_ENGINES_MAX; i++) {
        struct scene_engine *engine = &scene->engines[i];
        engine->listeners = share(scene->listeners_max * sizeof(engine->listeners[0]));
        engine->records = share(SCENE_RECORDS_MAX * sizeof(engine->records[0]));
    }
    return scene;
}

uint64_t *scene_sent_ns(const struct scene *scene, unsigned call)
{
    return scene->sent_ns + call * scene->frames_max;
}
