Feature: Duplicates

  Scenario: Twin
    Given a passing step

  Scenario: Twin
    Given a failing step

  Scenario:
    Given a passing step

  Scenario: "Quotes", <angles> & ümlauts ✓
    Given a passing step
