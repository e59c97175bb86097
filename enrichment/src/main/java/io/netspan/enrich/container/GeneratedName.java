package io.netspan.enrich.container;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recognizes what Docker and podman call a container that was given no name: an adjective, an
 * underscore, a surname, and perhaps a digit. Each such container would be a service of its own.
 */
final class GeneratedName {
  private static final Pattern FORM = Pattern.compile("([a-z]+)_[a-z]+\\d?");

  /** Those of Docker's releases. */
  private static final Set<String> ADJECTIVES =
      Set.of(
          """
          admiring adoring affectionate agitated amazing angry awesome backstabbing beautiful berserk
          blissful bold boring brave busy charming clever cocky compassionate competent
          condescending confident cool cranky crazy dazzling desperate determined distracted dreamy
          drunk eager ecstatic elastic elated elegant eloquent epic evil exciting fervent festive
          flamboyant focused friendly frosty funny furious gallant gifted gigantic gloomy goofy
          gracious grave great happy hardcore heuristic hopeful hungry infallible insane inspiring
          intelligent interesting jolly jovial keen kickass kind laughing lonely loving lucid mad
          magical modest musing mystifying naughty nervous nice nifty nostalgic objective optimistic
          peaceful pedantic pensive practical priceless prickly quirky quizzical recursing relaxed
          reverent romantic sad serene sharp sick silly sleepy stoic strange stupefied suspicious
          sweet tender thirsty trusting unruffled upbeat vibrant vigilant vigorous wizardly wonderful
          xenodochial youthful zealous zen
          """
              .strip()
              .split("\\s+"));

  private GeneratedName() {}

  static boolean is(String name) {
    Matcher form = FORM.matcher(name);
    return form.matches() && ADJECTIVES.contains(form.group(1));
  }
}
