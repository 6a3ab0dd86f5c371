package io.emque.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  private static final long SECOND = 1_000_000_000L;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "0|5|",
        "NaN|5|",
        "0.25|10|[######                  ]  25 % 30 s left: ",
        "0.5|90|[############            ]  50 % 1:30 min left: ",
        "1|10|[########################] 100 % 0 s left: ",
        "1.5|10|[########################] 100 % 0 s left: ", // the file grew meanwhile
      })
  void barSaysWhatIsDoneAndWhatIsLeft(double share, long seconds, String bar) {
    assertThat(Progress.bar(share, seconds * SECOND)).isEqualTo(bar == null ? "" : bar);
  }
}
