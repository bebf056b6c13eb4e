#include "core/commands.h"

#include "core/monitor.h"
#include "core/power.h"
#include "core/status.h"
#include "core/string.h"
#include "core/version.h"

/* core/crash.asm */
void crash_divide(void);
void crash_opcode(void);
void crash_page(void);
void crash_stack(void);

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
    power_tell(verdict);
    print("the machine can be switched off now\n");
    power_stop(verdict);
}

int command_crash(void *context, const char *arguments, print_text *print)
{
    static const struct {
        const char *name;
        void (*provoke)(void);
    } crashes[] = {{"divide", crash_divide}, {"opcode", crash_opcode}, {"page", crash_page}, {"stack", crash_stack}};
    (void)context;
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        if (strcmp(arguments, crashes[i].name) == 0) {
            crashes[i].provoke();
        }
    }
    print("error: crash knows divide, opcode, page and stack\n");
    return -EINVARG;
}
