Feature: Results belong to the commit that was tested
  A result counts for the scenario as it was written at the tested commit. None is dropped in silence, and none is counted
  twice.

  Background:
    Given the repository "shop" with the file "cart.feature":
      """
      @SHOP-1
      Feature: Cart

        Scenario: Add an item
          Given an empty cart

        Scenario: Remove an item
          Given a cart with a kettle
      """

  Scenario: A late report for an older commit replaces nothing
    Given this commit is called "older"
    And "an empty cart" becomes "no cart" in "cart.feature"
    And CI reports:
      | scenario    | status |
      | Add an item | passed |
    When CI reports for "older":
      | scenario       | status |
      | Add an item    | failed |
      | Remove an item | failed |
    Then SHOP-1 shows:
      | scenario       | status | commit |
      | Add an item    | passed | newest |
      | Remove an item | failed | older  |

  Scenario: What another branch proved does not count
    Given the branch "story" begins
    And "an empty cart" becomes "no cart" in "cart.feature"
    And CI reports:
      | scenario    | status |
      | Add an item | passed |
    Then SHOP-1 shows:
      | scenario    | status |
      | Add an item | notRun |
    And at the branch "story" SHOP-1 shows:
      | scenario    | status |
      | Add an item | passed |

  Scenario: Results may come before their commit
    Given a commit that no branch shows yet
    When CI reports:
      | scenario    | status |
      | Add an item | passed |
    Then the report is waiting
    When the commit reaches the branch "main"
    Then SHOP-1 shows:
      | scenario    | status |
      | Add an item | passed |

  Scenario: Everything that was read is accounted for
    When CI reports:
      | scenario       | status    |
      | Add an item    | passed    |
      | Remove an item | undefined |
      | Remove an item | passed    |
      | Break an item  | passed    |
    Then the accounting is:
      | read | matched | passed | failed | skipped | ambiguous | unmatched | retryOf | waiting |
      | 4    | 2       | 2      | 0      | 0       | 0         | 1         | 1       | 0       |
    And "Break an item" is unmatched with a reason

  Scenario: The same report counts once
    When CI reports:
      | scenario    | status |
      | Add an item | passed |
    And CI sends the same report again
    Then 1 report is kept for the commit

  Scenario: Passed and failed for the same words is flaky
    When the build "1" reports:
      | scenario    | status |
      | Add an item | failed |
    And the build "2" reports:
      | scenario    | status |
      | Add an item | passed |
    Then SHOP-1 shows:
      | scenario       | status | flaky |
      | Add an item    | passed | yes   |
      | Remove an item | notRun | no    |
