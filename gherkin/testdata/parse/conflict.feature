Feature: Torn
  Scenario: before
    Given a
<<<<<<< HEAD
  Scenario: ours
    Given b
=======
  Scenario: theirs
    Given c
>>>>>>> topic
  Scenario: shows one
    Given a text
      """
  <<<<<<< indented, so text
      """
