package io.netspan.enrich.proc;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A mounted procfs. */
final class ProcDirectory implements ProcFiles {
  /** As much as most files have; the kernel gives a page at a time. */
  private static final int PAGE = 4_096;

  private final Path root;
  private final String prefix;
  private final NamedFiles named;

  ProcDirectory(Path root, NamedFiles named) {
    this.root = root;
    this.prefix = root + "/";
    this.named = named;
  }

  @Override
  public boolean exists(int pid) {
    return Files.exists(Path.of(prefix + pid));
  }

  /** The buffers are cleared, because an environment has secrets. */
  @Override
  public byte[] read(int pid, String file, int limit) throws IOException {
    byte[] buffer = new byte[Math.min(limit, PAGE)];
    int length = 0;
    // Not Files.newInputStream: a channel, its buffers and its exceptions cost several times as
    // much.
    try (FileInputStream in = new FileInputStream(prefix + pid + "/" + file)) {
      for (int some = 1; some > 0; length += Math.max(0, some)) {
        if (length == buffer.length && length < limit) {
          byte[] larger = Arrays.copyOf(buffer, Math.min(limit, 4 * length));
          Arrays.fill(buffer, (byte) 0);
          buffer = larger;
        }
        some = length == limit ? 0 : in.read(buffer, length, buffer.length - length);
      }
      return Arrays.copyOf(buffer, length);
    } catch (IOException e) {
      throw endedOr(pid, e);
    } finally {
      Arrays.fill(buffer, 0, length, (byte) 0);
    }
  }

  @Override
  public byte[] readNamed(int pid, int uid, String path, int limit) throws IOException {
    return named.read(root.resolve(Integer.toString(pid)), uid, path, limit);
  }

  @Override
  public String link(int pid, String name) throws IOException {
    try {
      return Files.readSymbolicLink(path(pid, name)).toString();
    } catch (IOException e) {
      throw endedOr(pid, e);
    }
  }

  @Override
  public List<Integer> threads(int pid) throws IOException {
    List<Integer> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(pid, "task"), "[1-9]*")) {
      for (Path entry : entries) {
        all.add(Integer.valueOf(entry.getFileName().toString()));
      }
    } catch (DirectoryIteratorException e) {
      throw endedOr(pid, new IOException(e));
    } catch (NumberFormatException e) {
      throw new IOException(e);
    }
    return all;
  }

  private Path path(int pid, String file) {
    return Path.of(prefix + pid + "/" + file);
  }

  /** A process that ends while its file is open gives ESRCH, which Java has no exception for. */
  private IOException endedOr(int pid, IOException e) {
    return exists(pid) ? e : new NoSuchFileException(prefix + pid);
  }
}
