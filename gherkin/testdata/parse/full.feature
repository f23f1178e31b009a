# a comment
@shop @SHOP-1
Feature: Basket
  What a customer takes
  before paying.

  Background: a shop
    Given an open shop

  @wip # note
  Scenario: add one
    When I add:
      | item  | count |
      | tea   | 1     |
      | a \| b | 2\n3  |
    Then the note says
      """json
      {"a": 1}

        indented
      """

  @rule-tag
  Rule: No more than ten

    Background:
      * ten in the basket

    @TEST_CALC-1
    Scenario Outline: adding <n>
      Some words.
      When I add "<n>"
      Then it is <answer>

      @few
      Examples: few
        | n | answer |
        | 1 | yes    |
        | 1 | yes    |

      @many @SHOP-2
      Scenarios: many
        | n  | answer |
        | 11 | no     |

      Examples: none yet

  Rule: Empty
