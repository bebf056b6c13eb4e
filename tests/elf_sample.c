/* A program that only tests/test_elf_real.c reads: linked by the host, never run. */
void _start(void);

static volatile int data[100] = {1, 2, 3};
static volatile int zeros[3000];
static const volatile char constants[] = "constants of their own";

_Noreturn void _start(void)
{
    for (;;) {
        zeros[0] += data[1] + constants[0];
    }
}
