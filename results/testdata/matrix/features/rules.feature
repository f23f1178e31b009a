Feature: Rules

  Rule: The first

    Background:
      Given a passing step

    Example: The same name
      When another passing step

    Example: Only here
      When a failing step

  Rule: The second

    Example: The same name
      When a failing step
