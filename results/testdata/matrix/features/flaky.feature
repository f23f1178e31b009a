Feature: Flaky

  Scenario: Passes when it is tried again
    Given a step that passes on attempt 2

  Scenario: Never passes
    Given a failing step
