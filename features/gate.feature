Feature: A gate says whether a story is proven
  Open means that every scenario of the story passed as it is written now. What is not known is never read as a failure.

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

  Scenario: All scenarios passed
    When CI reports:
      | scenario       | status |
      | Add an item    | passed |
      | Remove an item | passed |
    Then the gate of SHOP-1 is open

  Scenario: A scenario that was not run closes it
    When CI reports:
      | scenario    | status |
      | Add an item | passed |
    Then the gate of SHOP-1 is closed because of "not-run"

  Scenario: A scenario that says something else now closes it
    Given CI reports:
      | scenario       | status |
      | Add an item    | passed |
      | Remove an item | passed |
    When "an empty cart" becomes "no cart" in "cart.feature"
    Then the gate of SHOP-1 is closed because of "stale"

  Scenario: A story without scenarios is not proven
    Then the gate of SHOP-2 is closed because of "nothing"

  Scenario: Results that wait for their commit keep it from deciding
    Given a commit that no branch shows yet
    When CI reports:
      | scenario    | status |
      | Add an item | failed |
    Then the gate of SHOP-1 cannot decide because of "waiting"
    When the commit reaches the branch "main"
    Then the gate of SHOP-1 is closed because of "failed"
