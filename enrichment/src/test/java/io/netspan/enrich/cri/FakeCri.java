package io.netspan.enrich.cri;

import com.google.protobuf.ByteString;
import cri.containerd.containers.ContainersGrpc;
import cri.containerd.containers.GetContainerRequest;
import cri.containerd.containers.GetContainerResponse;
import cri.containerd.events.Envelope;
import cri.containerd.events.Event;
import cri.containerd.events.EventsGrpc;
import cri.containerd.events.SubscribeRequest;
import cri.containerd.events.TaskCreate;
import cri.runtime.v1.Container;
import cri.runtime.v1.Image;
import cri.runtime.v1.ImageServiceGrpc;
import cri.runtime.v1.ImageStatusRequest;
import cri.runtime.v1.ImageStatusResponse;
import cri.runtime.v1.ListContainersRequest;
import cri.runtime.v1.ListContainersResponse;
import cri.runtime.v1.ListPodSandboxRequest;
import cri.runtime.v1.ListPodSandboxResponse;
import cri.runtime.v1.PodSandbox;
import cri.runtime.v1.RuntimeServiceGrpc;
import cri.runtime.v1.VersionRequest;
import cri.runtime.v1.VersionResponse;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A runtime at a unix domain socket that knows the containers that it was told. */
final class FakeCri implements AutoCloseable {
  private final Path socket;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final Map<String, Container> containers = new ConcurrentHashMap<>();
  private final Map<String, PodSandbox> pods = new ConcurrentHashMap<>();
  private final Map<String, cri.containerd.containers.Container> own = new ConcurrentHashMap<>();
  private final List<StreamObserver<Envelope>> listeners = new CopyOnWriteArrayList<>();
  private final Server server;
  private volatile boolean silent;

  private FakeCri(Path socket, BindableService... services) throws IOException {
    this.socket = socket;
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelFactory(NioServerDomainSocketChannel::new)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop);
    for (BindableService service : services) {
      builder.addService(service);
    }
    builder.addService(new Events()).addService(new Own());
    server = builder.addService(new Pods()).addService(new Images()).build().start();
  }

  static FakeCri start(Path socket) throws IOException {
    return new FakeCri(socket);
  }

  void has(Container container, PodSandbox pod) {
    containers.put(container.getId(), container);
    pods.put(pod.getId(), pod);
  }

  void has(String namespace, cri.containerd.containers.Container container) {
    own.put(namespace + "/" + container.getId(), container);
  }

  /** From now on it answers nothing. */
  void fallSilent() {
    silent = true;
  }

  int listening() {
    return listeners.size();
  }

  void reportTask(String namespace, String id) {
    report(namespace, TaskCreate.newBuilder().setContainerId(id).build().toByteString());
  }

  void report(String namespace, ByteString event) {
    Envelope envelope =
        Envelope.newBuilder()
            .setNamespace(namespace)
            .setTopic("/tasks/create")
            .setEvent(Event.newBuilder().setValue(event))
            .build();
    listeners.forEach(each -> each.onNext(envelope));
  }

  private <T> void answer(StreamObserver<T> to, T answer) {
    if (!silent) {
      to.onNext(answer);
      to.onCompleted();
    }
  }

  private final class Pods extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    @Override
    public void version(VersionRequest question, StreamObserver<VersionResponse> to) {
      answer(to, VersionResponse.newBuilder().setRuntimeName("fake").build());
    }

    @Override
    public void listContainers(
        ListContainersRequest question, StreamObserver<ListContainersResponse> to) {
      ListContainersResponse.Builder found = ListContainersResponse.newBuilder();
      Container container = containers.get(question.getFilter().getId());
      if (container != null) {
        found.addContainers(container);
      }
      answer(to, found.build());
    }

    @Override
    public void listPodSandbox(
        ListPodSandboxRequest question, StreamObserver<ListPodSandboxResponse> to) {
      ListPodSandboxResponse.Builder found = ListPodSandboxResponse.newBuilder();
      PodSandbox pod = pods.get(question.getFilter().getId());
      if (pod != null) {
        found.addItems(pod);
      }
      answer(to, found.build());
    }
  }

  private final class Images extends ImageServiceGrpc.ImageServiceImplBase {
    @Override
    public void imageStatus(ImageStatusRequest question, StreamObserver<ImageStatusResponse> to) {
      Image image =
          Image.newBuilder()
              .setId(question.getImage().getImage())
              .addRepoTags("example.com/shop/web:1.2")
              .addRepoDigests("example.com/shop/web@sha256:12")
              .build();
      answer(to, ImageStatusResponse.newBuilder().setImage(image).build());
    }
  }

  private final class Events extends EventsGrpc.EventsImplBase {
    @Override
    public void subscribe(SubscribeRequest question, StreamObserver<Envelope> to) {
      ((ServerCallStreamObserver<Envelope>) to).setOnCancelHandler(() -> listeners.remove(to));
      listeners.add(to);
    }
  }

  /** Does not see the namespace, which is a header, so an id is in one namespace only. */
  private final class Own extends ContainersGrpc.ContainersImplBase {
    @Override
    public void get(GetContainerRequest question, StreamObserver<GetContainerResponse> to) {
      own.values().stream()
          .filter(each -> each.getId().equals(question.getId()))
          .findFirst()
          .ifPresentOrElse(
              found -> answer(to, GetContainerResponse.newBuilder().setContainer(found).build()),
              () -> to.onError(Status.NOT_FOUND.asRuntimeException()));
    }
  }

  @Override
  public void close() throws IOException {
    server.shutdownNow();
    Future<?> _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    Files.deleteIfExists(socket);
  }
}
