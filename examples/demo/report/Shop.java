package report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The shop: customers, a frontend (nginx), a service for orders with PostgreSQL and Redis, and a
 * mail service, which goes down. PostgreSQL, Redis, nginx and curl are left out where they are
 * missing. No program knows of netspan or OpenTelemetry; four get their name by OTEL_SERVICE_NAME.
 */
final class Shop {
  private static final int FRONTEND_PORT = 80;
  private static final int ORDERS_PORT = 8080;
  private static final int POSTGRES_PORT = 5432;
  private static final int REDIS_PORT = 6379;
  private static final int MAIL_PORT = 25;

  private final Programs programs;
  private final String load;
  private final String frontend;
  private final String orders;
  private final String mail;

  /**
   * Nothing is started yet.
   *
   * @param number that of the demo; from the second on it is part of the names
   */
  Shop(Programs programs, int number) {
    String suffix = number == 1 ? "" : "-" + number;
    this.programs = programs;
    load = "shop-load" + suffix;
    orders = "orders" + suffix;
    mail = "mail" + suffix;
    frontend = programs.has("nginx") ? "frontend" + suffix : orders;
  }

  /** The services whose names no other program has. */
  Set<String> names() {
    return Set.copyOf(List.of(load, frontend, orders, mail).stream().distinct().toList());
  }

  /** Starts all but the customers. */
  void open() throws IOException, InterruptedException {
    if (programs.has("postgres")) {
      startPostgres();
    }
    if (programs.has("redis-server")) {
      startRedis();
    }
    Child mailService = programs.startJava("mail", named(mail), "shop.MailService", "" + MAIL_PORT);
    programs.awaitOutput(mailService, "ready");
    Child orderService =
        programs.startJava(
            "orders",
            named(orders),
            "shop.OrderService",
            programs.folder().toString(),
            programs.has("nginx") ? frontend : load,
            orders,
            mail,
            "" + ORDERS_PORT,
            "" + (programs.has("postgres") ? POSTGRES_PORT : 0),
            "" + (programs.has("redis-server") ? REDIS_PORT : 0),
            "" + MAIL_PORT);
    programs.awaitOutput(orderService, "ready");
    if (programs.has("nginx")) {
      startNginx();
    }
  }

  /** Starts the customers. */
  Child startLoad() throws IOException {
    Map<String, String> environment = new TreeMap<>(named(load));
    String curl = programs.has("curl") ? programs.path("curl") : "";
    environment.putAll(programs.libraries(curl));
    return programs.startJava(
        "load",
        environment,
        "shop.ShopLoad",
        programs.folder().toString(),
        load,
        frontend,
        "" + (programs.has("nginx") ? FRONTEND_PORT : ORDERS_PORT),
        programs.has("nginx") ? curl : "");
  }

  private static Map<String, String> named(String name) {
    return Map.of("OTEL_SERVICE_NAME", name);
  }

  private void startNginx() throws IOException, InterruptedException {
    Path folder = Files.createDirectory(programs.folder().resolve("nginx"));
    Child nginx =
        programs.start(
            "nginx",
            named(frontend),
            programs.path("nginx"),
            "-p",
            folder.toString(),
            "-e",
            "stderr",
            "-c",
            Path.of("examples/demo/nginx.conf").toAbsolutePath().toString());
    programs.await(nginx, () -> Programs.listens(FRONTEND_PORT));
  }

  private void startPostgres() throws IOException, InterruptedException {
    Path folder = Files.createDirectory(programs.folder().resolve("postgres"));
    Files.setAttribute(folder, "unix:uid", Programs.NOBODY);
    Files.setAttribute(folder, "unix:gid", Programs.NOBODY);
    String data = folder.resolve("data").toString();
    Path postgres = Path.of(programs.path("postgres")).toRealPath();
    Child initdb =
        programs.startAsNobody(
            "initdb",
            postgres.resolveSibling("initdb").toString(),
            "--auth=trust",
            "--username=shop",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "-D",
            data);
    programs.awaitSuccess(initdb);
    Child server =
        programs.startAsNobody(
            "postgres",
            postgres.toString(),
            "-D",
            data,
            "-p",
            "" + POSTGRES_PORT,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "dynamic_shared_memory_type=mmap",
            "-c",
            "shared_buffers=16MB",
            "-c",
            "fsync=off");
    programs.awaitOutput(server, "ready to accept connections");
  }

  /** In Debian, redis-server is a link to redis-check-rdb, which goes by the name it is called. */
  private void startRedis() throws IOException, InterruptedException {
    String program = programs.path("redis-server");
    Path link = programs.folder().resolve("redis-server");
    Files.createSymbolicLink(link, Path.of(program).toRealPath());
    Child redis =
        programs.start(
            "redis",
            programs.libraries(program),
            link.toString(),
            "--port",
            "" + REDIS_PORT,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            programs.folder().toString());
    programs.awaitOutput(redis, "Ready to accept connections");
  }

  /** What the programs of the shop counted so far, by edge. */
  Map<Backends.Edge, Map<String, Long>> ledger() throws IOException {
    Map<Backends.Edge, Map<String, Long>> counts = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(programs.folder(), "*.ledger")) {
      for (Path file : files) {
        for (String line : Files.readAllLines(file)) {
          String[] words = line.split("\t");
          counts
              .computeIfAbsent(new Backends.Edge(words[0], words[1]), _ -> new TreeMap<>())
              .put(words[2], Long.parseLong(words[3]));
        }
      }
    }
    return counts;
  }
}
