package shop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Takes three mails, then it is down. Argument: its port. */
public final class MailService {
  private static final int MAILS = 3;

  private MailService() {}

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    try (ServerSocket server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress())) {
      System.out.println("ready");
      for (int i = 0; i < MAILS; i++) {
        try (CountedConnection connection = new CountedConnection(server.accept())) {
          connection.readLine();
          connection.send("250 OK\r\n");
          connection.readLine(); // the client closes first
        }
      }
    }
    System.out.println("down after " + MAILS + " mails");
  }
}
