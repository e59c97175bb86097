package io.netspan.enrich.proc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file that a process has named, in its command line for example. The process chooses the
 * path and may be hostile, and the agent may read more than it may. So the file must be one that
 * the process's user may read by the permissions of its owner and of others (groups and access
 * control lists are not looked up), it must be a regular file, and no part of the path may be a
 * symbolic link, which the kernel would follow from the agent's root directory, or {@code ..}.
 *
 * <p>Opening a FIFO or a file in a FUSE file system can block for any time, and a process can put
 * one in place after the file was checked. Hence a thread of its own for each file; while one is
 * blocked, no other file is read.
 */
final class NamedFile {
  private static final long TIMEOUT_MS = 1_000;
  private static final int MAX_LENGTH = 4_096;
  private static final int MAX_NAMES = 64;
  private static final LinkOption[] NO_LINK = {LinkOption.NOFOLLOW_LINKS};

  /** Reads the file, and may block for any time. */
  interface Walk {
    byte[] read(Path process, int uid, String path, int limit) throws IOException;
  }

  private final Walk walk;
  private final long timeoutMillis;
  private @Nullable FutureTask<byte[]> last;

  NamedFile() {
    this(NamedFile::walk, TIMEOUT_MS);
  }

  NamedFile(Walk walk, long timeoutMillis) {
    this.walk = walk;
    this.timeoutMillis = timeoutMillis;
  }

  /**
   * The first {@code limit} bytes of a file.
   *
   * @param process the directory of the process in procfs
   * @param uid the user that must be allowed to read the file
   * @param path as the process names it: below its root directory if it begins with {@code /}, else
   *     below its working directory
   * @throws NoSuchFileException if there is no such file or it must not be read
   * @throws InterruptedIOException if it was not read within a second, or an earlier one still is
   *     not
   */
  synchronized byte[] read(Path process, int uid, String path, int limit) throws IOException {
    if (last != null && !last.isDone()) {
      throw new InterruptedIOException("another file is still being read");
    }
    FutureTask<byte[]> task = new FutureTask<>(() -> walk.read(process, uid, path, limit));
    last = task;
    Thread.ofPlatform().daemon().name("netspan-named-file").start(task);
    try {
      return task.get(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new InterruptedIOException(path + " could not be read within " + timeoutMillis + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(path);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  private static byte[] walk(Path process, int uid, String path, int limit) throws IOException {
    Path base = process.resolve(path.startsWith("/") ? "root" : "cwd");
    Path below = below(path);
    if (!mayEnter(Files.readAttributes(base, PosixFileAttributes.class), uid)) {
      throw refused(path, "no permission");
    }
    try (DirectoryStream<Path> directory = Files.newDirectoryStream(base)) {
      return readBelow(secure(directory), below, uid, limit);
    }
  }

  private static byte[] readBelow(
      SecureDirectoryStream<Path> directory, Path below, int uid, int limit) throws IOException {
    Path name = below.getName(0);
    if (below.getNameCount() == 1) {
      return readFile(directory, name, uid, limit);
    }
    if (!mayEnter(attributes(directory, name), uid)) {
      throw refused(name.toString(), "no directory, or no permission");
    }
    try (SecureDirectoryStream<Path> next = directory.newDirectoryStream(name, NO_LINK)) {
      return readBelow(next, below.subpath(1, below.getNameCount()), uid, limit);
    }
  }

  private static byte[] readFile(
      SecureDirectoryStream<Path> directory, Path name, int uid, int limit) throws IOException {
    PosixFileAttributes file = attributes(directory, name);
    if (!file.isRegularFile()
        || !may(file, uid, PosixFilePermission.OTHERS_READ, PosixFilePermission.OWNER_READ)) {
      throw refused(name.toString(), "no regular file, or no permission");
    }
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (InputStream in = Channels.newInputStream(directory.newByteChannel(name, options))) {
      return in.readNBytes(limit);
    }
  }

  private static Path below(String path) throws NoSuchFileException {
    try {
      Path below = Path.of(path.replaceFirst("^/+", ""));
      for (Path name : below) {
        if (name.toString().isEmpty() || name.toString().equals("..")) {
          throw refused(path, "no plain path");
        }
      }
      if (path.length() > MAX_LENGTH || below.getNameCount() > MAX_NAMES) {
        throw refused(path, "too long");
      }
      return below;
    } catch (InvalidPathException e) {
      throw refused(path, e.getReason());
    }
  }

  private static boolean mayEnter(PosixFileAttributes directory, int uid) throws IOException {
    return directory.isDirectory()
        && may(
            directory, uid, PosixFilePermission.OTHERS_EXECUTE, PosixFilePermission.OWNER_EXECUTE);
  }

  /**
   * The owner is only asked for where it decides, since the user database may be a network away.
   */
  private static boolean may(
      PosixFileAttributes file, int uid, PosixFilePermission others, PosixFilePermission owner)
      throws IOException {
    Set<PosixFilePermission> permissions = file.permissions();
    return uid == 0
        || permissions.contains(others)
        || (permissions.contains(owner) && isOwner(file, uid));
  }

  private static boolean isOwner(PosixFileAttributes file, int uid) throws IOException {
    try {
      String number = Integer.toUnsignedString(uid);
      return FileSystems.getDefault()
          .getUserPrincipalLookupService()
          .lookupPrincipalByName(number)
          .equals(file.owner());
    } catch (UserPrincipalNotFoundException e) {
      return false;
    }
  }

  private static PosixFileAttributes attributes(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    return directory
        .getFileAttributeView(name, PosixFileAttributeView.class, NO_LINK)
        .readAttributes();
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> directory)
      throws IOException {
    if (directory instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    throw new IOException("this system opens no file relative to a directory");
  }

  private static NoSuchFileException refused(String path, String why) {
    return new NoSuchFileException(path, null, why);
  }
}
