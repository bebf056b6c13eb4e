/* What the banner names. Defined in a file that the build writes (boot/image.cmake). */
#pragma once

extern const char tessera_version[]; /* "0.1.0"                                              */
extern const char tessera_commit[];  /* abbreviated git commit, "-dirty" added, or "no commit" */
