/* Runs the tests of maps and plans against a copy of the code that a defect was planted in, and succeeds when one of
 * them fails. With "--none" there is no defect, and all have to pass: otherwise "noticed" would mean nothing. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 30 };

int quirks_main(void);
int corpus_main(void);
int mutants_main(void);

static const struct {
    const char *name;
    int (*run)(void);
} judges[] = {{"quirks", quirks_main}, {"corpus", corpus_main}, {"mutants", mutants_main}};

/* In a process of its own: a defect may crash or hang it, which counts as noticed too. */
static bool notices(int (*run)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MAX);
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL) {
            _exit(0);
        }
        exit(run() == 0 ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("driver");
        exit(2);
    }
    return status != 0;
}

int main(int argc, char **argv)
{
    bool expected = !(argc > 1 && strcmp(argv[1], "--none") == 0);
    bool noticed = false;
    setenv("TESSERA_SEED", "1", 1);
    setenv("TESSERA_MAPS", "5000", 1);
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
        bool here = notices(judges[i].run);
        printf("%s: %s\n", judges[i].name, here ? "noticed" : "passed");
        noticed = noticed || here;
    }
    return noticed == expected ? 0 : 1;
}
