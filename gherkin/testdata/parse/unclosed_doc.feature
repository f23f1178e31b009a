Feature: Broken
  Scenario: one
    Given fine
  Scenario: two
    Given a text
      """
      never closed
    Then lost

  @SHOP-3
  # why
  Scenario: three
    Given a text
      """
      closed
      """
    Then fine
