package io.netspan.enrich.proc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A mounted procfs. */
final class ProcDirectory implements ProcFiles {
  private final Path root;
  private final NamedFiles named;

  ProcDirectory(Path root, NamedFiles named) {
    this.root = root;
    this.named = named;
  }

  @Override
  public byte[] read(int pid, String file, int limit) throws IOException {
    try (InputStream in = Files.newInputStream(path(pid, file))) {
      return in.readNBytes(limit);
    } catch (IOException e) {
      throw endedOr(pid, e);
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
    return root.resolve(Integer.toString(pid)).resolve(file);
  }

  /** A process that ends while its file is open gives ESRCH, which Java has no exception for. */
  private IOException endedOr(int pid, IOException e) {
    Path process = root.resolve(Integer.toString(pid));
    return Files.exists(process) ? e : new NoSuchFileException(process.toString());
  }
}
