Feature: Hooks

  @before-fails
  Scenario: A hook before it fails
    Given a passing step

  @after-fails
  Scenario: A hook after it fails
    Given a passing step

  Scenario: Attaches something
    Given a step that attaches
