Feature: Repositories are read as they are
  What is in Git is the truth: also where it is broken, in many places, or not yours to see.

  Scenario: A broken file keeps its intact scenarios
    Given the repository "shop" with the file "cart.feature":
      """
      @SHOP-1
      Feature: Cart

        Scenario: Add an item
          Given an empty cart

        Scenario: Remove an item
          Given a cart
          ??? somebody fell asleep here

        Scenario: Pay
          Given a cart
      """
    Then SHOP-1 shows:
      | scenario    | line | status |
      | Add an item | 4    | notRun |
      | Pay         | 11   | notRun |
    And line 9 of "cart.feature" is told as a problem

  Scenario: An issue gathers scenarios of several repositories
    Given the repository "shop" with the file "cart.feature":
      """
      Feature: Cart
        @SHOP-1
        Scenario: Add an item
          Given an empty cart
      """
    And CI reports:
      | scenario    | status |
      | Add an item | passed |
    And the repository "app" with the file "specs/cart.feature":
      """
      Feature: Cart on the phone
        @SHOP-1
        Scenario: Shake to empty
          Given a cart
      """
    Then SHOP-1 shows:
      | repository | scenario       | status |
      | shop       | Add an item    | passed |
      | app        | Shake to empty | notRun |

  Scenario: Knowing a commit is not access to it
    Given the repository "shop" with the file "cart.feature":
      """
      Feature: Cart
        Scenario: Add an item
          Given an empty cart
      """
    And the repository "secret" of the project "SECRET" with the file "plans.feature":
      """
      @SHOP-1
      Feature: Plans
        Scenario: Take over the world
          Given a plan
      """
    When somebody has a token of the project of "shop"
    Then they cannot read the newest commit of "secret" through "secret"
    And they cannot read the newest commit of "secret" through "shop"
    And their results for the newest commit of "secret" through "shop" find nothing
    And they see no scenario of SHOP-1

  Scenario: All branches of a sync are published, or none
    Given the repository "shop" with the file "cart.feature":
      """
      @SHOP-1
      Feature: Cart
        Scenario: Add an item
          Given an empty cart
      """
    And the branch "story" begins
    When "Add an item" becomes "Put an item in" in "cart.feature", unseen
    And the branch "main" goes on
    And "an empty cart" becomes "no cart" in "cart.feature", unseen
    And the newest commit of "story" cannot be read
    Then a sync fails
    And the branches "main" and "story" are as before
    When the newest commit of "story" can be read again
    Then a sync succeeds
    And the branches "main" and "story" are as in Git
