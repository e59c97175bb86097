package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import io.netspan.enrich.container.PodNames;
import io.netspan.enrich.container.WantedLabels;
import io.netspan.enrich.json.Json;
import io.netspan.enrich.kube.ObjectReader.Versioned;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads of the objects of a cluster what names addresses. */
final class PeerReaders {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String REPLICA_SET = "ReplicaSet";
  private static final String JOB = "Job";
  private static final String NODE = "Node";

  /** As many pods of a slice are looked at to find out of which workload they are. */
  private static final int MOST_PODS = 16;

  private static final int MOST_ADDRESSES = 1_000;
  private static final int MOST_OWN_ADDRESSES = 16;

  private PeerReaders() {}

  /** Of a pod its service and addresses, none if they are its node's or may be another's. */
  static ObjectReader<Named> pods() {
    PodReader pods = new PodReader(WantedLabels.with(_ -> false));
    return at -> {
      Versioned<Pod> read = pods.read(at);
      Pod pod = read.object();
      boolean isItsOwn = !pod.hostNetwork() && !pod.ended();
      String only = pod.only() == null ? "" : pod.only();
      return new Versioned<>(
          read.uid(),
          read.version(),
          new Named(
              PeerService.of(PodNames.service(pod.details(), only, workload(pod))),
              isItsOwn ? Addresses.of(pod.addresses()) : List.of()));
    };
  }

  /** The Deployment and the CronJob are not asked for: labels and names tell. */
  private static @Nullable String workload(Pod pod) {
    Meta.Owner owner = pod.meta().controller();
    if (owner == null || owner.kind().equals(NODE)) {
      return null;
    }
    String told =
        owner.kind().equals(REPLICA_SET) || owner.kind().equals(JOB)
            ? PodNames.workload(pod.details())
            : null;
    return told == null ? owner.name() : told;
  }

  static ObjectReader<Service> services() {
    return at -> {
      List<String> addresses = new ArrayList<>();
      MetaReader meta =
          object(at, _ -> false, (member, value) -> takeClusterAddresses(member, value, addresses));
      Meta known = meta.meta();
      return new Versioned<>(
          known.uid(),
          meta.version(),
          new Service(known.namespace(), known.name(), Addresses.of(addresses)));
    };
  }

  private static void takeClusterAddresses(String member, JsonParser value, List<String> to)
      throws IOException {
    if (!member.equals("spec")) {
      value.skipChildren();
      return;
    }
    Json.members(
        value,
        (name, inner) -> {
          if (name.equals("clusterIPs")) {
            to.addAll(Json.texts(inner, MOST_OWN_ADDRESSES));
          } else {
            inner.skipChildren();
          }
        });
  }

  static ObjectReader<Named> nodes() {
    return at -> {
      List<String> addresses = new ArrayList<>();
      MetaReader meta =
          object(at, _ -> false, (member, value) -> takeNodeAddresses(member, value, addresses));
      Meta known = meta.meta();
      return new Versioned<>(
          known.uid(),
          meta.version(),
          new Named(new PeerService(known.name(), null), Addresses.of(addresses)));
    };
  }

  /** A node has host names among its addresses, which are none. */
  private static void takeNodeAddresses(String member, JsonParser value, List<String> to)
      throws IOException {
    if (!member.equals("status")) {
      value.skipChildren();
      return;
    }
    Json.members(
        value,
        (name, inner) -> {
          if (name.equals("addresses")) {
            Json.elements(inner, element -> takeMember(element, "address", to));
          } else {
            inner.skipChildren();
          }
        });
  }

  private static void takeMember(JsonParser at, String wanted, List<String> to) throws IOException {
    Json.members(
        at,
        (name, value) -> {
          if (name.equals(wanted) && to.size() < MOST_OWN_ADDRESSES) {
            to.add(MetaReader.text(value));
          } else {
            value.skipChildren();
          }
        });
  }

  static ObjectReader<Endpoints> endpoints() {
    return at -> {
      EndpointReader endpoints = new EndpointReader();
      MetaReader meta =
          object(
              at,
              SERVICE_NAME::equals,
              (member, value) -> {
                if (member.equals("endpoints")) {
                  Json.elements(value, endpoints::take);
                } else {
                  value.skipChildren();
                }
              });
      Meta known = meta.meta();
      String service = known.labels().getOrDefault(SERVICE_NAME, "");
      return new Versioned<>(
          known.uid(),
          meta.version(),
          new Endpoints(
              known.namespace(),
              service,
              List.copyOf(endpoints.pods),
              Addresses.of(endpoints.others)));
    };
  }

  /** Reads an object whose metadata is read alike, whatever it is. */
  private static MetaReader object(JsonParser at, Predicate<String> labels, Json.Member rest)
      throws IOException {
    MetaReader meta = new MetaReader(labels);
    Json.members(
        at,
        (member, value) -> {
          if (member.equals("metadata")) {
            meta.read(value);
          } else {
            rest.take(member, value);
          }
        });
    return meta;
  }

  /** Reads the endpoints of one slice. */
  private static final class EndpointReader {
    private final List<String> pods = new ArrayList<>();
    private final List<String> others = new ArrayList<>();

    // Of the endpoint that is being read.
    private List<String> addresses = List.of();
    private String kind = "";
    private String uid = "";

    void take(JsonParser at) throws IOException {
      addresses = List.of();
      kind = "";
      uid = "";
      Json.members(at, this::takeMember);
      if (!kind.equals("Pod")) {
        others.addAll(
            addresses.subList(0, Math.min(addresses.size(), MOST_ADDRESSES - others.size())));
      } else if (pods.size() < MOST_PODS) {
        pods.add(uid);
      }
    }

    private void takeMember(String member, JsonParser value) throws IOException {
      switch (member) {
        case "addresses" -> addresses = Json.texts(value, MOST_OWN_ADDRESSES);
        case "targetRef" -> Json.members(value, this::takeOfTarget);
        default -> value.skipChildren();
      }
    }

    private void takeOfTarget(String member, JsonParser value) throws IOException {
      switch (member) {
        case "kind" -> kind = MetaReader.text(value);
        case "uid" -> uid = MetaReader.text(value);
        default -> value.skipChildren();
      }
    }
  }
}
