Feature: Windows line ends

  Scenario: From Windows
    Given a passing step
