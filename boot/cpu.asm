; What the kernel cannot do without, each named when it is missing (Intel SDM vol. 2, CPUID; vol. 1, 20.1).

FLAGS_ID        equ 1 << 21                             ; can be changed where CPUID exists
CPUID_1_PAE     equ 6                                   ; leaf 1, EDX
CPUID_EXT       equ 0x80000001
CPUID_EXT_NX    equ 20                                  ; its EDX
CPUID_EXT_LM    equ 29

LOW_MEMORY_KIB  equ LOADER_CEILING / 1024

section .text

; cpu_check: clobbers eax, ebx, ecx, edx, si.
cpu_check:
        pushfd
        pop     eax
        mov     ecx, eax
        xor     eax, FLAGS_ID
        push    eax
        popfd
        pushfd
        pop     eax
        xor     eax, ecx
        test    eax, FLAGS_ID
        mov     si, text_no_cpuid
        jz      fail
        mov     eax, 1
        cpuid
        bt      edx, CPUID_1_PAE
        mov     si, text_no_pae
        jnc     fail
        mov     eax, CPUID_EXT & 0x80000000             ; the highest extended leaf; garbage below it on old CPUs
        cpuid
        cmp     eax, CPUID_EXT
        mov     si, text_no_long_mode
        jb      fail
        mov     eax, CPUID_EXT
        cpuid
        bt      edx, CPUID_EXT_LM
        jnc     fail
        bt      edx, CPUID_EXT_NX
        mov     si, text_no_nx
        jnc     fail
        ret

; low_memory_check: INT 12h counts the KiB below the BIOS's own data. Clobbers ax, si.
low_memory_check:
        int     0x12
        cld
        cmp     ax, LOW_MEMORY_KIB
        mov     si, text_low_memory
        jb      fail
        ret

section .rodata
text_no_cpuid:          db "this CPU is too old: it has no CPUID instruction", 0
text_no_pae:            db "this CPU has no PAE (physical address extension)", 0
text_no_long_mode:      db "this CPU has no 64-bit mode (long mode)", 0
text_no_nx:             db "this CPU has no NX (no-execute pages), or the firmware setup has switched it off", 0
text_low_memory:        db "the BIOS leaves less than 512 KiB of low memory", 0
