package io.netspan.bpf.object;

/** Loads the object and prints the result; a test runs it with other privileges. */
final class LoadMain {

  private LoadMain() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    try (BpfObject object = NetspanObject.open()) {
      object.load();
      System.out.println("loaded");
    } catch (BpfException e) {
      System.out.println(e.getMessage());
    }
  }
}
