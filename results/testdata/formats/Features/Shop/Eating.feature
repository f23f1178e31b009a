Feature: Eating in the shop

  Background:
    Given a table

  Scenario: It goes down well
    When the guest eats

  Scenario: It is off
    When the guest eats what is off

  Scenario: Ça ne marche pas - encore!
    When nobody knows this step

  Scenario: Not written yet
    When the step is pending

  @ignore
  Scenario: Left out
    When the guest eats

  Scenario Outline: Eating <count> cucumbers
    Given there are <count> cucumbers
    When the guest eats <eat>

    Examples: Enough
      | count | eat |
      | 12    | 5   |
      | 20    | 5   |

    Examples: Too few
      | count | eat |
      | 3     | 4   |

  Rule: Second helping
    Scenario: It is "free", nearly
      When the guest asks
