Feature: Broken
  Scenario: one
    Given a table
      | a | b |
      | 1 |
    nonsense
  @bad tag
  Scenario: two
    Given fine
