#include "engine.h"
#include "verb.h"
int st_engine_test_run(int argc, char **argv)
{
    return ST_EXIT_USAGE;
}
