package io.netspan.enrich;

import io.netspan.enrich.secret.Untrusted;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the kernel programs recorded about a process in its own context, so it is true even if the
 * process lived 5 ms. The texts are made harmless and limited here, wherever they come from.
 *
 * @param parentPid 0 if there is none or it is unknown
 * @param uid the real user id, an unsigned number; {@link #UNKNOWN_UID} if not known
 * @param comm the name of the group's leader; any program may set its own to anything
 * @param executableName the last part of the path of what was executed, or empty: kernel threads
 *     have none
 * @param cgroupId stands for all cgroups that the process is in; 0 if not known
 * @param cgroup names of the telling one of its cgroups' paths, the leaf first, at most {@value
 *     #CGROUP_DEPTH}, the root left out
 * @param pidNamespace inode number; 0 if not known
 * @param netNamespace inode number; 0 if not known
 */
public record ProcessFacts(
    ProcessKey key,
    int parentPid,
    int uid,
    String comm,
    String executableName,
    long cgroupId,
    List<String> cgroup,
    long pidNamespace,
    long netNamespace) {

  /** The kernel's own {@code INVALID_UID}, which no process can have. */
  public static final int UNKNOWN_UID = -1;

  /** How many levels of the hierarchy are kept: all that the kernel programs record. */
  public static final int CGROUP_DEPTH = 64;

  /** How long a path can be that the kernel programs record, with a byte after each name. */
  private static final int CGROUP_BYTES = 2_048;

  /** {@code TASK_COMM_LEN} is 16, but {@code /proc} gives up to 64 for a kernel worker. */
  private static final int COMM_LIMIT = 64;

  public ProcessFacts {
    comm = Untrusted.text(comm, COMM_LIMIT);
    executableName = Untrusted.text(executableName, Untrusted.NAME_MAX);
    cgroup = harmless(cgroup);
  }

  private static List<String> harmless(List<String> cgroup) {
    String[] names = new String[Math.min(cgroup.size(), CGROUP_DEPTH)];
    for (int i = 0; i < names.length; i++) {
      names[i] = Untrusted.text(cgroup.get(i), Untrusted.NAME_MAX);
    }
    return List.of(names);
  }

  /**
   * Whether both may be of processes that run the same program: not if the names of their
   * executables differ.
   */
  public boolean mayRunTheProgramOf(ProcessFacts other) {
    return executableName.isEmpty()
        || other.executableName.isEmpty()
        || RecordedName.matches(executableName, other.executableName);
  }

  /**
   * Whether the path of the cgroup may be longer than was recorded: not if another name would have
   * had room in the record.
   */
  public boolean mayHaveMoreCgroups() {
    int bytes = 0;
    for (String name : cgroup) {
      bytes += name.getBytes(StandardCharsets.UTF_8).length + 1;
    }
    return cgroup.isEmpty()
        || cgroup.size() >= CGROUP_DEPTH
        || bytes + Untrusted.NAME_MAX >= CGROUP_BYTES;
  }

  /** With the executable's name, where the kernel could not read it. */
  public ProcessFacts named(String executable) {
    return new ProcessFacts(
        key, parentPid, uid, comm, executable, cgroupId, cgroup, pidNamespace, netNamespace);
  }

  /** For a process about which only the key is known. */
  public static ProcessFacts unknown(ProcessKey key) {
    return new ProcessFacts(key, 0, UNKNOWN_UID, "", "", 0, List.of(), 0, 0);
  }

  /** Whether only the key is known. */
  public boolean isUnknown() {
    return equals(unknown(key));
  }
}
