package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessKey;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists the processes and their network namespaces, and finds the processes that have a socket
 * open. A search reads a link in {@code /proc/PID/fd} for each descriptor on the machine; so
 * processes that had sockets before, and new ones, are searched first, and a search ends once
 * everything is found.
 *
 * <p>One thread. Processes come and go while they are read; one that is gone has no sockets.
 */
public final class SocketHolders {
  /** The most links read in one search; reading one takes a few microseconds. */
  private static final int MOST_LINKS = 1_000_000;

  private static final String SOCKET = "socket:[";

  private final Path proc;
  private final ProcFiles files;
  private Set<Integer> processes = Set.of();
  private Set<Integer> fresh = Set.of();
  private final Set<Integer> holders = new HashSet<>();
  private Map<Long, Integer> namespaces = Map.of();
  private long unreadable;
  private long leftOut;

  /** Receives what was found. */
  @FunctionalInterface
  public interface Found {
    /**
     * A process has a socket open.
     *
     * @param holder its start time is in whole 10 ms
     */
    void held(long inode, ProcessKey holder);
  }

  /** Holders of the processes of this procfs. */
  public SocketHolders(Path proc) {
    this.proc = proc;
    this.files = new ProcDirectory(proc, NamedFiles.NONE);
  }

  /** Lists the present processes and their network namespaces. */
  public void scan() {
    Set<Integer> now = new LinkedHashSet<>();
    Map<Long, Integer> spaces = new HashMap<>();
    for (int pid : pids()) {
      now.add(pid);
      long namespace = new ProcProcess(files, pid).namespace("net");
      if (namespace != 0) {
        spaces.putIfAbsent(namespace, pid);
      }
    }
    Set<Integer> added = new LinkedHashSet<>(now);
    added.removeAll(processes);
    holders.retainAll(now);
    processes = now;
    fresh = added;
    namespaces = spaces;
  }

  private List<Integer> pids() {
    List<Integer> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path entry : entries) {
        int pid = number(entry);
        if (pid > 0) {
          all.add(pid);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return all; // The pids listed until then.
    }
    return all;
  }

  private static int number(Path entry) {
    try {
      return Integer.parseInt(entry.getFileName().toString());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * The network namespaces by inode, each with a process that was in it at the last {@link
   * #scan()}. Namespaces whose link cannot be read are missing.
   */
  public Map<Long, Integer> namespaces() {
    return Map.copyOf(namespaces);
  }

  /** Processes whose descriptors could not be read, of the last search. */
  public long unreadable() {
    return unreadable;
  }

  /** Processes that were left out because there were too many descriptors, since the start. */
  public long leftOut() {
    return leftOut;
  }

  /** Finds one holder of each of these sockets, if there is one. */
  public void findAny(Set<Long> inodes, Found to) {
    search(new Search(inodes, to, /* every= */ false));
  }

  /** Finds all holders of these sockets. */
  public void findEvery(Set<Long> inodes, Found to) {
    search(new Search(inodes, to, /* every= */ true));
  }

  private void search(Search search) {
    Set<Integer> order = new LinkedHashSet<>(holders);
    order.addAll(fresh);
    order.addAll(processes);
    unreadable = 0;
    for (int pid : order) {
      if (search.isOver()) {
        return;
      }
      if (search.links > MOST_LINKS) {
        leftOut++;
      } else {
        search.in(pid);
      }
    }
  }

  /** One search over the processes. */
  private final class Search {
    private final Set<Long> missing;
    private final Found to;
    private final boolean every;
    private int links;

    Search(Set<Long> inodes, Found to, boolean every) {
      this.missing = new HashSet<>(inodes);
      this.to = to;
      this.every = every;
    }

    boolean isOver() {
      return missing.isEmpty();
    }

    /**
     * A leader that has exited before its threads has no descriptors; its threads still have them.
     */
    void in(int pid) {
      int before = links;
      in(pid, pid);
      if (links == before) {
        for (int thread : threads(pid)) {
          in(pid, thread);
        }
      }
    }

    private void in(int pid, int thread) {
      Map<Long, String> held = new HashMap<>();
      Path folder = proc.resolve(Integer.toString(thread)).resolve("fd");
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
        for (Path descriptor : descriptors) {
          String name = "fd/" + descriptor.getFileName();
          long inode = socket(thread, name);
          links++;
          if (inode != 0 && missing.contains(inode)) {
            held.put(inode, name);
          }
        }
      } catch (AccessDeniedException e) {
        unreadable++;
        links++;
      } catch (IOException | DirectoryIteratorException e) {
        // The process or thread has ended; what was read until then is used.
        links++;
      }
      if (held.isEmpty()) {
        holders.remove(pid);
      } else {
        report(pid, thread, held);
      }
    }

    /**
     * Reads the start time and one of the links again: if the link is unchanged, all links were
     * read from this process.
     */
    private void report(int pid, int thread, Map<Long, String> held) {
      ProcessKey key = key(pid);
      Map.Entry<Long, String> one = held.entrySet().iterator().next();
      if (key == null || socket(thread, one.getValue()) != one.getKey()) {
        return;
      }
      holders.add(pid);
      for (long inode : held.keySet()) {
        to.held(inode, key);
      }
      if (!every) {
        missing.removeAll(held.keySet());
      }
    }
  }

  /**
   * One thread other than the leader, if there is one; one is enough since threads share their
   * descriptors.
   */
  private List<Integer> threads(int pid) {
    try {
      return files.threads(pid).stream().filter(thread -> thread != pid).limit(1).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private @Nullable ProcessKey key(int pid) {
    try {
      ProcStat stat = new ProcProcess(files, pid).stat();
      return stat == null ? null : stat.key(pid);
    } catch (IOException e) {
      return null;
    }
  }

  /** The inode of a descriptor that is a socket; 0 of any other. */
  private long socket(int pid, String name) {
    try {
      String target = files.link(pid, name);
      return target.startsWith(SOCKET) && target.endsWith("]")
          ? Long.parseLong(target, SOCKET.length(), target.length() - 1, 10)
          : 0;
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
