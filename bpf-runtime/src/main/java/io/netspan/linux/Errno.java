package io.netspan.linux;

import static java.util.Map.entry;

import java.util.Map;

/**
 * Names of the error numbers, which x86-64 and aarch64 share (asm-generic/errno-base.h, errno.h).
 */
public final class Errno {

  /** No error. */
  public static final int NONE = 0;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESTALE = 116;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EXDEV = 18;
  public static final int ENOTDIR = 20;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int EPIPE = 32;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ELOOP = 40;
  public static final int ENONET = 64;
  public static final int EPROTO = 71;
  public static final int ENOPROTOOPT = 92;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETUNREACH = 101;
  public static final int ECONNABORTED = 103;
  public static final int ECONNRESET = 104;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTDOWN = 112;
  public static final int EHOSTUNREACH = 113;
  public static final int ENOBUFS = 105;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          entry(EPERM, "EPERM"),
          entry(ENOENT, "ENOENT"),
          entry(ESRCH, "ESRCH"),
          entry(EINTR, "EINTR"),
          entry(5, "EIO"),
          entry(6, "ENXIO"),
          entry(7, "E2BIG"),
          entry(8, "ENOEXEC"),
          entry(EBADF, "EBADF"),
          entry(EAGAIN, "EAGAIN"),
          entry(ENOMEM, "ENOMEM"),
          entry(EACCES, "EACCES"),
          entry(14, "EFAULT"),
          entry(EBUSY, "EBUSY"),
          entry(17, "EEXIST"),
          entry(19, "ENODEV"),
          entry(EXDEV, "EXDEV"),
          entry(ENOTDIR, "ENOTDIR"),
          entry(EINVAL, "EINVAL"),
          entry(23, "ENFILE"),
          entry(24, "EMFILE"),
          entry(ENOSPC, "ENOSPC"),
          entry(EPIPE, "EPIPE"),
          entry(27, "EFBIG"),
          entry(34, "ERANGE"),
          entry(ENAMETOOLONG, "ENAMETOOLONG"),
          entry(ENOSYS, "ENOSYS"),
          entry(ELOOP, "ELOOP"),
          entry(61, "ENODATA"),
          entry(EPROTO, "EPROTO"),
          entry(75, "EOVERFLOW"),
          entry(93, "EPROTONOSUPPORT"),
          entry(EOPNOTSUPP, "EOPNOTSUPP"),
          entry(97, "EAFNOSUPPORT"),
          entry(ENONET, "ENONET"),
          entry(ENOPROTOOPT, "ENOPROTOOPT"),
          entry(EADDRINUSE, "EADDRINUSE"),
          entry(EADDRNOTAVAIL, "EADDRNOTAVAIL"),
          entry(ENETUNREACH, "ENETUNREACH"),
          entry(ECONNABORTED, "ECONNABORTED"),
          entry(ECONNRESET, "ECONNRESET"),
          entry(ECONNREFUSED, "ECONNREFUSED"),
          entry(EHOSTDOWN, "EHOSTDOWN"),
          entry(EHOSTUNREACH, "EHOSTUNREACH"),
          entry(ENOBUFS, "ENOBUFS"),
          entry(ETIMEDOUT, "ETIMEDOUT"),
          entry(524, "ENOTSUPP"),
          // libbpf's own (libbpf_legacy.h, enum libbpf_errno)
          entry(4000, "LIBBPF_ERRNO__LIBELF"),
          entry(4001, "LIBBPF_ERRNO__FORMAT"),
          entry(4002, "LIBBPF_ERRNO__KVERSION"),
          entry(4003, "LIBBPF_ERRNO__ENDIAN"),
          entry(4004, "LIBBPF_ERRNO__INTERNAL"),
          entry(4005, "LIBBPF_ERRNO__RELOC"),
          entry(4006, "LIBBPF_ERRNO__LOAD"),
          entry(4007, "LIBBPF_ERRNO__VERIFY"),
          entry(4008, "LIBBPF_ERRNO__PROG2BIG"),
          entry(4009, "LIBBPF_ERRNO__KVER"),
          entry(4010, "LIBBPF_ERRNO__PROGTYPE"));

  private Errno() {}

  /** For messages: {@code EPERM (1)}; a number without a name is {@code errno 1234}. */
  public static String describe(int errno) {
    String name = NAMES.get(errno);
    return name == null ? "errno " + errno : name + " (" + errno + ")";
  }
}
