/* Runs a fuzz target over the files of a corpus folder: the fuzzers' past finds, in every build. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    /* Exactly as large as the input, so that a sanitizer sees a read past its end. */
    fseek(file, 0, SEEK_END);
    size_t bytes = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(bytes ? bytes : 1);
    size_t got = fread(data, 1, bytes, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, got);
    for (size_t cut = 0; cut < got && cut < 512; cut++)
        LLVMFuzzerTestOneInput(data, cut);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    int files = 0, failed = 0;
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    if (!dir) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL; files++) {
        if (entry->d_name[0] == '.') {
            files--;
            continue;
        }
        failed += replay_file(argv[1], entry->d_name);
    }
    closedir(dir);
    printf("%d inputs\n", files);
    return failed > 0 || files == 0;
}
