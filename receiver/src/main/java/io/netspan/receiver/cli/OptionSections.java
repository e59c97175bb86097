package io.netspan.receiver.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Prints the options of each mixin below its name. Picocli's own groups of options are no
 * substitute: there, an option that is given twice discards all others of its group.
 */
final class OptionSections {
  private static final String STANDARD = "mixinStandardHelpOptions";

  private OptionSections() {}

  static void install(CommandLine command) {
    command
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionSections::print);
  }

  private static String print(Help help) {
    Map<String, CommandSpec> mixins = help.commandSpec().mixins();
    StringBuilder all = new StringBuilder();
    CommandSpec standard = mixins.get(STANDARD);
    if (standard != null) {
      all.append(print(help, standard.options()));
    }
    for (Map.Entry<String, CommandSpec> mixin : mixins.entrySet()) {
      if (!mixin.getKey().equals(STANDARD)) {
        all.append(String.format("%n%s:%n", mixin.getKey()));
        all.append(print(help, mixin.getValue().options()));
      }
    }
    return all.toString();
  }

  private static String print(Help help, List<OptionSpec> options) {
    return help.optionListExcludingGroups(
        options,
        help.createDefaultLayout(),
        /* optionSort= */ null,
        help.createDefaultParamLabelRenderer());
  }
}
