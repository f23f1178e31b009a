Feature: Broken
  Scenario: one
    Given a
  @alone
