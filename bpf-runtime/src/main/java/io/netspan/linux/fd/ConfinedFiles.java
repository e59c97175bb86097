package io.netspan.linux.fd;

import io.netspan.bpf.sys.FileCalls;
import io.netspan.bpf.sys.PanamaFileCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads a file that a process has named, in its command line for example. The process chooses the
 * path and may be hostile, and the agent may read more than the process may. So each check is of a
 * descriptor, and what was checked is what is read, whatever happens to the names meanwhile:
 *
 * <ul>
 *   <li>The process's user may search each directory and read the file, by the permissions of the
 *       owner and of others; groups and access control lists are not looked up.
 *   <li>No part of the path is a symbolic link, {@code ..} or a mount point, bind mounts included.
 *   <li>The file is a regular one.
 *   <li>Its file system needs no other process to respond, and its files' permissions are all there
 *       is to check: procfs and sysfs check the rights of the reader, and FUSE could block.
 * </ul>
 *
 * <p>So no call waits for another process, except that the working directory may be on a network
 * file system that an administrator mounted and that does not respond. Any thread.
 */
public final class ConfinedFiles {
  private static final int MAX_LENGTH = 4_096;
  private static final int MAX_NAMES = 64;
  private static final int MOUNTS_LIMIT = 1 << 20;
  private static final String SEPARATOR = " - ";

  private static final Set<String> FILE_SYSTEMS =
      Set.of("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs");

  /**
   * Any user may mount it in a user namespace of their own, on top of FUSE, whose daemon can then
   * block readers.
   */
  private static final String OVERLAY = "overlay";

  private final FileCalls calls;

  /**
   * Links libc's functions.
   *
   * @throws io.netspan.bpf.sys.NativeUnavailableException if native access is denied
   */
  public ConfinedFiles() {
    this(new PanamaFileCalls());
  }

  ConfinedFiles(FileCalls calls) {
    this.calls = calls;
  }

  /**
   * The first {@code limit} bytes of a file.
   *
   * @param process the directory of the process in procfs
   * @param uid the user that must be allowed to read the file
   * @param path as the process names it: below its root directory if it begins with {@code /}, else
   *     below its working directory
   * @throws NoSuchFileException if there is no such file or it must not be read
   * @throws IOException if the agent could not find that out
   */
  public byte[] read(Path process, int uid, String path, int limit) throws IOException {
    List<String> names = names(path);
    // All files of the process are opened by one descriptor, because its pid may be reused.
    try (OpenFile proc = OpenFile.reference(calls, process.toString());
        OpenFile base = proc.follow(path.startsWith("/") ? "root" : "cwd")) {
      requireFileSystem(proc, base, path);
      return readBelow(base, names, uid, limit);
    }
  }

  private static List<String> names(String path) throws NoSuchFileException {
    String[] all = path.replaceFirst("^/+", "").split("/+", MAX_NAMES + 2);
    if (path.length() > MAX_LENGTH || all.length > MAX_NAMES) {
      throw refused(path.substring(0, Math.min(path.length(), MAX_NAMES)), "too long");
    }
    List<String> names = new ArrayList<>();
    for (String name : all) {
      if (name.equals("..") || name.indexOf('\0') >= 0) {
        throw refused(path, "no plain path");
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }

  /** The walk does not leave the base's mount, so this one check is enough. */
  private void requireFileSystem(OpenFile proc, OpenFile base, String path) throws IOException {
    String type;
    try (OpenFile mounts = proc.readable("mountinfo")) {
      // Not fstatfs: it sends a request to FUSE, which need not respond.
      type = typeOf(base.mount(), mounts.content(MOUNTS_LIMIT));
    }
    boolean good =
        type.equals(OVERLAY) ? isInTheAgentsUserNamespace(proc) : FILE_SYSTEMS.contains(type);
    if (!good) {
      throw refused(
          path, type.isEmpty() ? "in no mount of the process" : "on the file system " + type);
    }
  }

  /**
   * The type of a mount; empty if it is not one of the process's. A line is {@code ID parent device
   * root mount-point options [optional]... - type source options}; the kernel writes spaces and
   * line feeds in a field as {@code \040} and {@code \012}, but no other line ends. A line that the
   * limit cut does not count.
   */
  static String typeOf(long mount, byte[] mountinfo) {
    String id = mount + " ";
    String all = new String(mountinfo, StandardCharsets.ISO_8859_1);
    for (int start = 0; start >= 0 && start < all.length(); ) {
      int end = all.indexOf('\n', start); // not String.lines(): a mount point may contain \r
      if (end > 0 && all.startsWith(id, start)) {
        int type = all.indexOf(SEPARATOR, start) + SEPARATOR.length();
        return all.substring(type, all.indexOf(' ', type));
      }
      start = end < 0 ? -1 : end + 1;
    }
    return "";
  }

  private boolean isInTheAgentsUserNamespace(OpenFile proc) throws IOException {
    try (OpenFile theirs = proc.follow("ns/user");
        OpenFile own = OpenFile.reference(calls, "/proc/self/ns/user")) {
      return theirs.status().isSameFile(own.status());
    }
  }

  private static byte[] readBelow(OpenFile directory, List<String> names, int uid, int limit)
      throws IOException {
    FileStatus status = directory.status();
    if (names.isEmpty()) {
      return content(directory, status, uid, limit);
    }
    String name = names.getFirst();
    if (!status.isDirectory() || !status.mayBeSearchedBy(uid)) {
      throw refused(directory.name(), "no directory, or no permission");
    }
    try (OpenFile next = directory.confined(name)) {
      return readBelow(next, names.subList(1, names.size()), uid, limit);
    }
  }

  private static byte[] content(OpenFile file, FileStatus status, int uid, int limit)
      throws IOException {
    if (!status.isRegular() || !status.mayBeReadBy(uid)) {
      throw refused(file.name(), "no regular file, or no permission");
    }
    try (OpenFile open = file.reopened()) {
      return open.content(limit);
    }
  }

  private static NoSuchFileException refused(String path, String why) {
    return new NoSuchFileException(path, null, why);
  }
}
