#include "sidetone/moonshine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    bool wants_help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc != 2 || wants_help) {
        fprintf(wants_help ? stdout : stderr,
                "usage: sidetone-convert-decoder MODELS_DIR\n"
                "Makes decoder_words.ort, which tells when each word was said, from\n"
                "decoder_model_merged.ort, and checks it on beckett.wav.\n");
        return wants_help ? 0 : 2;
    }
    char why[1024] = "";
    int err = st_moonshine_convert(argv[1], why, sizeof(why));
    if (err) {
        fprintf(stderr, "sidetone-convert-decoder: %s\n", why);
        return 1;
    }
    printf("%s/decoder_words.ort\n", argv[1]);
    return 0;
}
