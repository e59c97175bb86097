package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.config.RuntimeChoice;
import io.netspan.config.RuntimeChoice.Kind;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.container.ContainerRuntimes;
import io.netspan.enrich.container.RuntimeSocket;
import io.netspan.enrich.container.RuntimeSocket.Start;
import io.netspan.enrich.cri.CriApi;
import io.netspan.enrich.docker.DockerApi;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The container runtimes that the settings name, and where their sockets usually are. */
final class Runtimes {
  private static final List<RuntimeChoice.At> USUAL =
      List.of(
          new RuntimeChoice.At(Kind.DOCKER, Path.of("/run/docker.sock")),
          new RuntimeChoice.At(Kind.PODMAN, Path.of("/run/podman/podman.sock")),
          new RuntimeChoice.At(Kind.CONTAINERD, Path.of("/run/containerd/containerd.sock")),
          new RuntimeChoice.At(Kind.CONTAINERD, Path.of("/run/k3s/containerd/containerd.sock")),
          new RuntimeChoice.At(Kind.CONTAINERD, Path.of("/run/k0s/containerd.sock")),
          new RuntimeChoice.At(Kind.CRIO, Path.of("/run/crio/crio.sock")));

  private Runtimes() {}

  /** Empty if no runtime is to be asked. */
  static Optional<Contributor> contributor(AgentSettings settings, HeapShares shares) {
    List<RuntimeSocket> sockets =
        sockets(settings.containers().runtimes(), settings.hostRoot().orElse(Path.of("/")));
    return sockets.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ContainerRuntimes(
                sockets, settings.containers()::exportsLabel, shares.containerBytes()));
  }

  /**
   * The sockets.
   *
   * @param root where {@code run} is, for those at their usual places
   */
  static List<RuntimeSocket> sockets(List<RuntimeChoice> choices, Path root) {
    List<RuntimeSocket> all = new ArrayList<>();
    for (RuntimeChoice choice : choices) {
      switch (choice) {
        case RuntimeChoice.Auto() -> {
          for (RuntimeChoice.At usual : USUAL) {
            Path socket = root.resolve(Path.of("/").relativize(usual.socket()));
            all.add(socket(usual.kind(), socket, start(usual.kind())));
          }
        }
        case RuntimeChoice.At(Kind kind, Path path) -> all.add(socket(kind, path, Start.EXPECTED));
        case RuntimeChoice.None() -> {}
      }
    }
    return all;
  }

  /**
   * The client for the CRI is gRPC's, which takes 25 MB; machines with Docker have a containerd.
   */
  private static Start start(Kind kind) {
    return switch (kind) {
      case DOCKER, PODMAN -> Start.FOUND;
      case CONTAINERD, CRIO -> Start.NEEDED;
    };
  }

  private static RuntimeSocket socket(Kind kind, Path path, Start start) {
    return switch (kind) {
      case DOCKER, PODMAN ->
          new RuntimeSocket(kind.value(), path, Set.of(kind.value()), start, DockerApi::new);
      case CONTAINERD ->
          new RuntimeSocket(kind.value(), path, Set.of("containerd"), start, CriApi::containerd);
      case CRIO -> new RuntimeSocket(kind.value(), path, Set.of("cri-o"), start, CriApi::other);
    };
  }
}
