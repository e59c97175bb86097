package io.netspan.it;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import cri.pods.ContainerConfig;
import cri.pods.ContainerMetadata;
import cri.pods.CreateContainerRequest;
import cri.pods.ImageSpec;
import cri.pods.LinuxPodSandboxConfig;
import cri.pods.LinuxSandboxSecurityContext;
import cri.pods.NamespaceMode;
import cri.pods.NamespaceOption;
import cri.pods.PodSandboxConfig;
import cri.pods.PodSandboxMetadata;
import cri.pods.RemovePodSandboxRequest;
import cri.pods.RunPodSandboxRequest;
import cri.pods.RuntimeServiceGrpc;
import cri.pods.StartContainerRequest;
import cri.pods.StopPodSandboxRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;

/**
 * A containerd with its CRI, its own data and socket, and an image of busybox. Its pods are in the
 * machine's network, so no network plugin is needed.
 */
final class Containerd implements AutoCloseable {
  static final String IMAGE = "docker.io/local/bb";
  private static final Duration READY_WITHIN = Duration.ofSeconds(30);

  private final Path folder;
  private final Process daemon;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ManagedChannel channel;
  private final List<String> pods = new ArrayList<>();

  private Containerd(Path folder, Process daemon) {
    this.folder = folder;
    this.daemon = daemon;
    this.channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket()))
            .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  static Containerd start(Path folder) throws IOException {
    Path log = folder.resolve("containerd.log");
    Path config = Files.writeString(folder.resolve("containerd.toml"), config(folder));
    Process daemon =
        new ProcessBuilder("containerd", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Containerd containerd = new Containerd(folder, daemon);
    try {
      await("containerd to run")
          .atMost(READY_WITHIN)
          .until(() -> Files.readString(log).contains("containerd successfully booted"));
      containerd.importImage();
      return containerd;
    } catch (IOException | RuntimeException | Error e) {
      containerd.close();
      throw e;
    }
  }

  private static String config(Path folder) {
    return """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
            "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
        [grpc]
          address = "%1$s/c.sock"
        [ttrpc]
          address = "%1$s/t.sock"
        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "%2$s:1"
          disable_apparmor = true
          restrict_oom_score_adj = true
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "native"
        """
        .formatted(folder, IMAGE);
  }

  Path socket() {
    return folder.resolve("c.sock");
  }

  /** Writes an image as {@code docker save} does, and imports it. */
  private void importImage() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("layer/bin"));
    Files.copy(Requirements.find("busybox").orElseThrow(), bin.resolve("busybox"));
    for (String applet : List.of("httpd", "wget", "sh", "sleep")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    for (String mounted : List.of("dev", "etc", "proc", "sys", "tmp")) {
      Files.createDirectories(folder.resolve("layer").resolve(mounted));
    }
    Files.writeString(folder.resolve("layer/index.html"), "as said by a pod\n");
    Path image = Files.createDirectories(folder.resolve("image"));
    tar(folder.resolve("layer"), image.resolve("layer.tar"));
    String config =
        """
        {"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sleep","3600"]},\
        "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}"""
            .formatted(digest(Files.readAllBytes(image.resolve("layer.tar"))));
    String name = digest(config.getBytes(StandardCharsets.UTF_8)) + ".json";
    Files.writeString(image.resolve(name), config);
    Files.writeString(
        image.resolve("manifest.json"),
        "[{\"Config\":\"%s\",\"RepoTags\":[\"%s:1\"],\"Layers\":[\"layer.tar\"]}]"
            .formatted(name, IMAGE));
    tar(image, folder.resolve("image.tar"));
    Command.run(
        "ctr",
        "--address=" + socket(),
        "--namespace=k8s.io",
        "images",
        "import",
        "--snapshotter=native",
        folder.resolve("image.tar").toString());
  }

  private static void tar(Path what, Path to) {
    Command.run("tar", "-C", what.toString(), "-cf", to.toString(), ".");
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, SECONDS);
  }

  /** Runs a pod of one container, as a kubelet does. */
  void run(String name, Map<String, String> labels, String... command) {
    PodSandboxConfig pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(name)
                    .setNamespace("shop")
                    .setUid("uid-of-" + name))
            .putAllLabels(labels)
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setNamespaceOptions(
                                NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))))
            .build();
    String id =
        runtime()
            .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
            .getPodSandboxId();
    pods.add(id);
    ContainerConfig container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .setImage(ImageSpec.newBuilder().setImage(IMAGE + ":1"))
            .addAllCommand(List.of(command))
            .build();
    String made =
        runtime()
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(id)
                    .setConfig(container)
                    .setSandboxConfig(pod)
                    .build())
            .getContainerId();
    var _ =
        runtime().startContainer(StartContainerRequest.newBuilder().setContainerId(made).build());
  }

  /** Ends the pods and the daemon. */
  @Override
  public void close() {
    try {
      for (String pod : pods) {
        var _ =
            runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        var _ =
            runtime()
                .removePodSandbox(
                    RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
      }
    } finally {
      channel.shutdownNow();
      Future<?> _ = loop.shutdownGracefully(0, 1, SECONDS);
      daemon.destroy();
      daemon.onExit().orTimeout(30, SECONDS).join();
    }
  }
}
