package io.netspan.enrich.cri;

import cri.containerd.containers.GetContainerRequest;
import cri.runtime.v1.Container;
import cri.runtime.v1.ContainerFilter;
import cri.runtime.v1.Image;
import cri.runtime.v1.ImageSpec;
import cri.runtime.v1.ImageStatusRequest;
import cri.runtime.v1.ImageStatusResponse;
import cri.runtime.v1.ListContainersRequest;
import cri.runtime.v1.ListPodSandboxRequest;
import cri.runtime.v1.PodSandbox;
import cri.runtime.v1.PodSandboxFilter;
import cri.runtime.v1.VersionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.container.ContainerImage;
import io.netspan.enrich.container.RuntimeApi;
import io.netspan.enrich.container.RuntimeEvents;
import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import io.netspan.enrich.cri.StartedContainers.Started;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Container Runtime Interface, and what containerd has beside it. */
public final class CriApi implements RuntimeApi {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

  /** Where nerdctl and ctr put containers. */
  private static final String DEFAULT_NAMESPACE = "default";

  private final Path socket;
  private final Predicate<String> wanted;
  private final boolean containerd;
  private final Duration within;
  private volatile @Nullable CriCalls open;
  private volatile boolean hasCri = true;

  private CriApi(Path socket, Predicate<String> wanted, boolean containerd, Duration within) {
    this.socket = socket;
    this.wanted = wanted;
    this.containerd = containerd;
    this.within = within;
  }

  /** The API of containerd. */
  public static RuntimeApi containerd(Path socket, Predicate<String> wantedLabels) {
    return containerd(socket, wantedLabels, ANSWER_WITHIN);
  }

  static RuntimeApi containerd(Path socket, Predicate<String> wantedLabels, Duration within) {
    return new CriApi(socket, wantedLabels, /* containerd= */ true, within);
  }

  /** The API of a runtime that has nothing but the CRI, such as CRI-O. */
  public static RuntimeApi other(Path socket, Predicate<String> wantedLabels) {
    return other(socket, wantedLabels, ANSWER_WITHIN);
  }

  static RuntimeApi other(Path socket, Predicate<String> wantedLabels, Duration within) {
    return new CriApi(socket, wantedLabels, /* containerd= */ false, within);
  }

  @Override
  public void watch(RuntimeEvents to) throws IOException {
    try (CriCalls calls = new CriCalls(socket, within)) {
      hasCri = answersAsCri(calls);
      open = calls;
      StartedContainers started =
          containerd ? StartedContainers.ofContainerd(calls) : StartedContainers.ofCri(calls);
      to.opened();
      for (Started next = started.next(); next != null; next = started.next()) {
        present(next, to);
      }
    } catch (StatusRuntimeException e) {
      throw CriCalls.failure(e);
    } finally {
      open = null;
    }
  }

  /** A containerd without the CRI has its own services all the same. */
  private boolean answersAsCri(CriCalls calls) throws IOException {
    try {
      String _ = calls.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName();
      return true;
    } catch (StatusRuntimeException e) {
      if (containerd && e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return false;
      }
      throw e;
    }
  }

  private void present(Started started, RuntimeEvents to) {
    try {
      ContainerDetails container = container(started.namespace(), started.id());
      if (container != null) {
        to.present(container);
      }
    } catch (RuntimeFailure e) {
      to.ignored(e.problem());
    } catch (IOException e) {
      to.ignored(RuntimeProblem.CLOSED);
    }
  }

  @Override
  public @Nullable ContainerDetails container(String id) throws IOException {
    return container(DEFAULT_NAMESPACE, id);
  }

  /**
   * A container.
   *
   * @param namespace of containerd, where the CRI does not know the container
   */
  private @Nullable ContainerDetails container(String namespace, String id) throws IOException {
    CriCalls calls = calls();
    ContainerDetails ofPod = hasCri ? answer(() -> ofPod(calls, id)) : null;
    return ofPod != null || !containerd ? ofPod : answer(() -> own(calls, namespace, id));
  }

  private CriCalls calls() throws IOException {
    CriCalls calls = open;
    if (calls == null) {
      throw new IOException("not connected");
    }
    return calls;
  }

  /** Null if there is none. */
  private static <T> @Nullable T answer(Supplier<@Nullable T> call) throws IOException {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return null;
      }
      throw CriCalls.failure(e);
    }
  }

  private @Nullable ContainerDetails ofPod(CriCalls calls, String id) {
    List<Container> found =
        calls
            .runtime()
            .listContainers(
                ListContainersRequest.newBuilder()
                    .setFilter(ContainerFilter.newBuilder().setId(id))
                    .build())
            .getContainersList();
    if (found.isEmpty()) {
      return null;
    }
    Container container = found.getFirst();
    ImageSpec image = container.getImage();
    String asked = image.getUserSpecifiedImage();
    return new ContainerDetails(
        id,
        container.getMetadata().getName(),
        asked.isEmpty() ? image.getImage() : asked,
        container.getImageRef().isEmpty() ? null : container.getImageRef(),
        ContainerDetails.kept(container.getLabelsMap(), wanted),
        pod(calls, container.getPodSandboxId()));
  }

  private ContainerDetails.@Nullable Pod pod(CriCalls calls, String sandbox) {
    List<PodSandbox> found =
        calls
            .runtime()
            .listPodSandbox(
                ListPodSandboxRequest.newBuilder()
                    .setFilter(PodSandboxFilter.newBuilder().setId(sandbox))
                    .build())
            .getItemsList();
    if (found.isEmpty()) {
      return null;
    }
    PodSandbox pod = found.getFirst();
    return new ContainerDetails.Pod(
        pod.getMetadata().getName(),
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getUid(),
        ContainerDetails.kept(pod.getLabelsMap(), wanted),
        ContainerDetails.kept(pod.getAnnotationsMap(), wanted));
  }

  /** A container that is containerd's own, such as nerdctl's. */
  private ContainerDetails own(CriCalls calls, String namespace, String id) {
    cri.containerd.containers.Container container =
        calls
            .containers(namespace)
            .get(GetContainerRequest.newBuilder().setId(id).build())
            .getContainer();
    Map<String, String> labels = ContainerDetails.kept(container.getLabelsMap(), wanted);
    return new ContainerDetails(id, "", container.getImage(), null, labels, null);
  }

  @Override
  public @Nullable ContainerImage image(String reference) throws IOException {
    CriCalls calls = calls();
    return hasCri ? answer(() -> image(calls, reference)) : null;
  }

  private static @Nullable ContainerImage image(CriCalls calls, String reference) {
    ImageStatusResponse answer =
        calls
            .images()
            .imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(reference))
                    .build());
    if (!answer.hasImage()) {
      return null;
    }
    Image image = answer.getImage();
    return new ContainerImage(image.getId(), image.getRepoTagsList(), image.getRepoDigestsList());
  }

  @Override
  public void close() {
    CriCalls calls = open;
    if (calls != null) {
      calls.close();
    }
  }
}
