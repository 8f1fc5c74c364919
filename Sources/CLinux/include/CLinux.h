#pragma once

// Calls that Swift's Glibc module leaves out or cannot make. Errors are as in the calls themselves: -1 and errno.
//
// This header includes no other, and names no type but C's own. A header that defined timespec or sockaddr_un once more would make
// the compiler doubt, as soon as it optimises a whole module, whether they belong to Glibc.

/// A non-blocking eventfd(2) that no other program inherits.
int CLinux_eventfd(void);

/// A non-blocking signalfd(2) for the signals of a `sigset_t`, that no other program inherits.
int CLinux_signalfd(const void *signals);

/// The number of the next signal of a signalfd; -1 when none waits.
int CLinux_next_signal(int descriptor);

/// adjtimex(2), asked and not told: 1 when the kernel says that the clock is synchronised, 0 when it says TIME_ERROR; -1 and errno.
int CLinux_clock_is_synchronised(void);

/// prctl(PR_SET_NAME), of the calling thread. prctl is variadic.
int CLinux_set_thread_name(const char *name);

/// memfd_create(2), for a file that can be sealed.
int CLinux_sealable_memory_file(const char *name);

/// Makes that file one that can no longer change, as journald demands of one that is passed to it. fcntl is variadic.
int CLinux_seal(int descriptor);

/// Sends one open file and no bytes (unix(7), SCM_RIGHTS) to a `sockaddr` of `length` bytes. The CMSG calls are macros.
long CLinux_send_file(int socket, const void *to, unsigned int length, int descriptor, int flags);
