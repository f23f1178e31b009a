Feature: A background that fails

  Background:
    Given a failing step

  Scenario: Innocent
    When a passing step

  Scenario: Innocent, too
    When a passing step
