Feature: Outlines

  Background: the same for all
    Given a passing step

  @MATRIX-2
  Scenario Outline: Eating <eat> of <count>
    Given there are <count> cucumbers
    When I eat <eat>
    Then I should have <left> cucumbers

    Examples: Right
      | count | eat | left |
      | 12    | 5   | 7    |
      | 20    | 5   | 15   |

    @wrong
    Examples: Wrong | by two
      | count | eat | left |
      | 3     | 1   | 4    |

  Scenario Outline: Plain name
    Given there are <count> cucumbers
    When I eat <eat>
    Then I should have <left> cucumbers

    Examples:
      | count | eat | left |
      | 1     | 1   | 0    |
      | 1     | 1   | 0    |
      | 2     | 1   | 0    |

    Examples:
      | count | eat | left |
      | 4     | 1   | 3    |
