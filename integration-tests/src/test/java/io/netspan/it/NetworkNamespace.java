package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A network namespace with only a loopback interface; close() deletes it. */
record NetworkNamespace(String name) implements AutoCloseable {

  /** Creates a namespace with a name that no other test run uses. */
  static NetworkNamespace create(String suffix) {
    NetworkNamespace namespace =
        new NetworkNamespace("netspan-it-" + ProcessHandle.current().pid() + "-" + suffix);
    Command.run("ip", "netns", "add", namespace.name);
    try {
      Command.run("ip", "-n", namespace.name, "link", "set", "lo", "up");
      return namespace;
    } catch (RuntimeException | Error e) {
      namespace.close();
      throw e;
    }
  }

  /** Returns the inode, which is the value of {@code netspan.netns}. */
  long inode() {
    try {
      return (Long) Files.getAttribute(Path.of("/run/netns", name), "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What runs a program in it. */
  List<String> enter() {
    return List.of("ip", "netns", "exec", name);
  }

  /** Starts a program in it. */
  Process start(String... words) throws IOException {
    return new ProcessBuilder(in(words)).redirectErrorStream(true).start();
  }

  /** Runs a program in it to its end. */
  @SuppressWarnings("CanIgnoreReturnValueSuggester")
  Command run(String... words) {
    return Command.run(in(words));
  }

  private String[] in(String... words) {
    return Stream.concat(enter().stream(), Stream.of(words)).toArray(String[]::new);
  }

  /** Joins it with another one by a cable, of which each has an end with an address. */
  void connect(String address, NetworkNamespace other, String otherAddress) {
    connect("cable", address, other, "cable", otherAddress);
  }

  /** The same, with the names of the two ends. */
  void connect(
      String device,
      String address,
      NetworkNamespace other,
      String otherDevice,
      String otherAddress) {
    ip("link", "add", device, "type", "veth", "peer", "name", otherDevice, "netns", other.name);
    attach(device, address);
    other.attach(otherDevice, otherAddress);
  }

  private void attach(String device, String address) {
    ip("address", "add", address + "/24", "dev", device);
    ip("link", "set", device, "up");
  }

  /** Configures its network. */
  void ip(String... words) {
    String[] all = new String[words.length + 3];
    System.arraycopy(new String[] {"ip", "-n", name}, 0, all, 0, 3);
    System.arraycopy(words, 0, all, 3, words.length);
    Command.run(all);
  }

  /** Adds rules of nftables. */
  void nft(String rules) throws IOException, InterruptedException {
    Process nft = start("nft", "-f", "-");
    nft.getOutputStream().write(rules.getBytes(StandardCharsets.UTF_8));
    nft.getOutputStream().close();
    String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(nft.waitFor()).as(said).isZero();
  }

  @Override
  public void close() {
    Command.run("ip", "netns", "delete", name);
  }
}
