package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.name.CommandArguments;
import io.netspan.enrich.name.OtelEnvironment;
import io.netspan.enrich.secret.Untrusted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One process's directory in procfs, for one reading by one thread. A file that cannot be read is
 * as good as empty.
 */
final class ProcProcess {
  private static final int STAT_LIMIT = 4096;
  private static final int STATUS_LIMIT = 8192;
  private static final int CGROUP_LIMIT = 64 * 1024;

  /** A JVM's class path comes before its main class, and one argument may be 128 KiB long. */
  private static final int COMMAND_LIMIT = 256 * 1024;

  private static final int ARGUMENT_FILE_LIMIT = 64 * 1024;
  private static final int ENVIRONMENT_LIMIT = 256 * 1024;
  private static final int PATH_LIMIT = 1024;
  private static final String DELETED = " (deleted)";
  private static final byte[] NOTHING = {};

  private final ProcFiles files;
  private final int pid;
  private boolean complete = true;

  ProcProcess(ProcFiles files, int pid) {
    this.files = files;
    this.pid = pid;
  }

  /** Whether all that was asked for could be read. */
  boolean complete() {
    return complete;
  }

  @Nullable ProcStat stat() throws IOException {
    byte[] line = files.read(pid, "stat", STAT_LIMIT);
    return ProcStat.parse(Untrusted.decode(line, 0, line.length));
  }

  /**
   * Where to ask for what a leader that has ended by itself (pthread_exit) has no more: a thread
   * that goes on; this if there is none.
   */
  ProcProcess living() throws IOException {
    for (int thread : files.threads(pid)) {
      ProcProcess one = new ProcProcess(files, thread);
      ProcStat stat = thread == pid ? null : one.stat();
      if (stat != null && !stat.ended()) {
        return one;
      }
    }
    return this;
  }

  /**
   * As the process sees it, in its own mount namespace. The kernel marks a file that was deleted or
   * replaced since; a file that really is called so loses the mark too.
   */
  @Nullable String executable() {
    String path = link("exe");
    if (path.endsWith(DELETED)) {
      path = path.substring(0, path.length() - DELETED.length());
    }
    return path.isEmpty() ? null : Untrusted.text(path, PATH_LIMIT);
  }

  /** With the secrets in them, not yet harmless: for this module's eyes only. */
  List<String> arguments() {
    return CommandArguments.split(read("cmdline", COMMAND_LIMIT));
  }

  /**
   * The content of an argument file, by the path that the process has for it; null if it cannot be
   * read or the user {@code uid} must not read it, which is complete all the same. The process
   * chooses the path; only a main class and JVM options are taken from the file.
   */
  @Nullable String argumentFile(int uid, String path) {
    try {
      byte[] content = files.readNamed(pid, uid, path, ARGUMENT_FILE_LIMIT);
      return Untrusted.decode(content, 0, content.length);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      complete = false;
      return null;
    }
  }

  OtelEnvironment environment() {
    byte[] block = read("environ", ENVIRONMENT_LIMIT);
    try {
      return OtelEnvironment.parse(block, /* cut= */ block.length == ENVIRONMENT_LIMIT);
    } finally {
      Arrays.fill(block, (byte) 0);
    }
  }

  /** Leaf first, the whole path. */
  List<String> cgroup() {
    return CgroupFile.names(text("cgroup", CGROUP_LIMIT));
  }

  /**
   * The real one, first of four. No comm can forge the line: it comes before, and its new lines are
   * escaped.
   */
  int uid() {
    String status = text("status", STATUS_LIMIT);
    int line = status.lastIndexOf("\nUid:\t");
    String[] ids = line < 0 ? new String[0] : status.substring(line + 6).split("\\s", 2);
    try {
      return ids.length == 0 ? ProcessFacts.UNKNOWN_UID : Integer.parseUnsignedInt(ids[0]);
    } catch (NumberFormatException e) {
      return ProcessFacts.UNKNOWN_UID;
    }
  }

  /** The inode number in a link such as {@code net:[4026531840]}; 0 if not known. */
  long namespace(String name) {
    String link = link("ns/" + name);
    String prefix = name + ":[";
    if (!link.startsWith(prefix) || !link.endsWith("]")) {
      return 0;
    }
    try {
      return Long.parseLong(link.substring(prefix.length(), link.length() - 1));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private String text(String file, int limit) {
    return new String(read(file, limit), StandardCharsets.UTF_8);
  }

  private byte[] read(String file, int limit) {
    try {
      return files.read(pid, file, limit);
    } catch (IOException e) {
      complete = false;
      return NOTHING;
    }
  }

  private String link(String name) {
    try {
      return files.link(pid, name);
    } catch (IOException e) {
      complete = false;
      return "";
    }
  }
}
