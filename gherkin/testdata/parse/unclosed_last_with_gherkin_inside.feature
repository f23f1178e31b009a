Feature: About features
  Scenario: one
    Given a file
      """
      Feature: inner
        Scenario: inner
          Given x
      """
    Then fine
  Scenario: two
    Given a text
      ```
      open
