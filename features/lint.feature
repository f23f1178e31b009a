Feature: Feature files are checked before anybody waits for a server
  What will not be read, and what a change does to the history of scenarios, is told on the machine where it is written.

  Background:
    Given the repository "shop" with the file "cart.feature":
      """
      Feature: Cart

        @SHOP-1
        Scenario: Add an item
          Given an empty cart

        @SHOP-2
        Scenario: Remove an item
          Given a cart with a kettle
      """

  Scenario: Files without faults pass
    When somebody lints the working tree
    Then lint passes

  Scenario: A tag that links to nothing is doubted
    Given the working tree has "@issue:SHOP" instead of "@SHOP-1" in "cart.feature"
    When somebody lints the working tree strictly
    Then lint fails
    And lint tells "issue-tag" in line 3 of "cart.feature"

  Scenario: What is not Gherkin is told with its line
    Given the working tree has "an empty cart\n    what is this" instead of "an empty cart" in "cart.feature"
    When somebody lints the working tree
    Then lint fails
    And lint tells "parse-error" in line 6 of "cart.feature"

  Scenario: A change says which scenarios it rewords
    Given the working tree has "no cart" instead of "an empty cart" in "cart.feature"
    When somebody lints the working tree against "main"
    Then lint passes
    And lint tells these changes:
      | scenario    | change   |
      | Add an item | reworded |

  Scenario: A change says which scenarios it takes from an issue
    Given the working tree has "@wip" instead of "@SHOP-2" in "cart.feature"
    When somebody lints the working tree against "main"
    Then lint passes
    And lint tells these changes:
      | scenario       | change   |
      | Remove an item | relinked |
