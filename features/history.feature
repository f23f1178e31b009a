Feature: A scenario keeps its history
  A scenario is known by what became of it, not by its name, its line or its file. Nothing is written into feature files.

  Background:
    Given the repository "shop" with the file "features/cart.feature":
      """
      Feature: Cart

        @SHOP-1
        Scenario: Add an item
          Given an empty cart
          When the visitor adds a kettle
          Then the cart holds 1 item

        Scenario: Remove an item
          Given a cart with a kettle
          When the visitor removes it
          Then the cart is empty
      """
    And CI reports:
      | scenario    | status |
      | Add an item | passed |

  Scenario: A new name
    When "Add an item" becomes "Put an item into the cart" in "features/cart.feature"
    Then SHOP-1 shows:
      | scenario                  | status |
      | Put an item into the cart | passed |

  Scenario: Another file
    When "features/cart.feature" moves to "checkout/basket.feature"
    Then SHOP-1 shows:
      | scenario    | path                    | status |
      | Add an item | checkout/basket.feature | passed |

  Scenario: Another file, and later another name
    When "features/cart.feature" moves to "checkout/basket.feature"
    And "Add an item" becomes "Put an item into the cart" in "checkout/basket.feature"
    Then SHOP-1 shows:
      | scenario                  | path                    | status |
      | Put an item into the cart | checkout/basket.feature | passed |

  Scenario: Another place in its file
    When "Feature: Cart" becomes "# A note that moves all lines\n\nFeature: Shopping cart" in "features/cart.feature"
    Then SHOP-1 shows:
      | scenario    | line | status |
      | Add an item | 6    | passed |

  Scenario: Two branches that both survive a merge
    When the branch "story" begins
    And "Remove an item" becomes "Take an item out" in "features/cart.feature"
    And the branch "main" goes on
    And "Add an item" becomes "Put an item into the cart" in "features/cart.feature"
    And the branch "story" is merged
    Then SHOP-1 shows:
      | scenario                  | status |
      | Put an item into the cart | passed |

  Scenario: Other words make the result stale
    When "holds 1 item" becomes "holds 1 kettle" in "features/cart.feature"
    Then SHOP-1 shows:
      | scenario    | status | stale |
      | Add an item | passed | yes   |
    When CI reports:
      | scenario    | status |
      | Add an item | failed |
    Then SHOP-1 shows:
      | scenario    | status | stale |
      | Add an item | failed | no    |
