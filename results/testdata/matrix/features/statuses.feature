@MATRIX-1
Feature: What may become of a step

  Scenario: All pass
    Given a passing step
    When another passing step

  Scenario: One fails
    Given a passing step
    When a failing step
    Then another passing step

  Scenario: One is pending
    Given a passing step
    When a pending step
    Then another passing step

  Scenario: One has no definition
    Given a passing step
    When an undefined step
    Then another passing step

  Scenario: One has two definitions
    Given a passing step
    When an ambiguous step

  Scenario: One skips the rest
    When a skipping step
    Then another passing step

  @skip
  Scenario: A tag skips it
    Given a passing step

  Scenario: Without any step
