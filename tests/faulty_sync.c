/* Preloaded, it lets syncs fail: every one while FAULTY_SYNC/always is there, one for each FAULTY_SYNC/once.
   As after a medium error: what was written is in memory, and the program is told once that it is nowhere else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void)
{
    const char *folder = getenv("FAULTY_SYNC");
    char name[4096];
    if (!folder)
        return 0;
    snprintf(name, sizeof name, "%s/once", folder);
    if (unlink(name) == 0)
        return 1;
    snprintf(name, sizeof name, "%s/always", folder);
    return access(name, F_OK) == 0;
}

static int synced(long call, int file)
{
    if (fails()) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, file);
}

int fsync(int file)
{
    return synced(SYS_fsync, file);
}

int fdatasync(int file)
{
    return synced(SYS_fdatasync, file);
}
