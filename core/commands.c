#include "core/commands.h"

#include "core/monitor.h"
#include "core/power.h"
#include "core/version.h"

int command_version(void *context, const char *arguments, print_text *print)
{
    (void)context, (void)arguments;
    print("Tessera %s (%s)\n", tessera_version, tessera_commit);
    return 0;
}

int command_reboot(void *context, const char *arguments, print_text *print)
{
    (void)context, (void)arguments;
    print("rebooting\n");
    power_reboot();
}

int command_halt(void *context, const char *arguments, print_text *print)
{
    const struct monitor *monitor = context;
    enum power_verdict verdict = monitor->failed == 0 ? POWER_SUCCESS : POWER_COMMAND_FAILED;
    (void)arguments;
    power_off(verdict, print);
}
