Feature: A tag links scenarios to an issue
  What an issue asks for is written as scenarios. A tag with the issue's key is the only thing that has to be added, and it
  holds for everything below it.

  Scenario: Feature, rule, scenario and examples hand their tags down
    Given the repository "shop" with the file "checkout.feature":
      """
      @SHOP-1
      Feature: Checkout

        Scenario: Pay by card
          Given a card

        @SHOP-2
        Rule: Vouchers

          Scenario: Pay by voucher
            Given a voucher

        @SHOP-3
        Scenario Outline: Ship to <country>
          Given an order to <country>

          Examples: near
            | country |
            | France  |

          @SHOP-4
          Examples: far
            | country |
            | Norway  |
      """
    Then the issues have these scenarios:
      | issue  | scenarios                                       |
      | SHOP-1 | Pay by card, Pay by voucher, Ship to <country>  |
      | SHOP-2 | Pay by voucher, Ship to <country>               |
      | SHOP-3 | Ship to <country>                               |
      | SHOP-4 | Ship to <country>                               |
      | SHOP-5 |                                                 |

  Scenario Outline: <tag> is a link to <issue>
    Given the repository "shop" with the file "checkout.feature":
      """
      Feature: Checkout
        <tag>
        Scenario: Pay by card
          Given a card
      """
    Then the issues have these scenarios:
      | issue   | scenarios   |
      | <issue> | Pay by card |

    Examples:
      | tag                                      | issue  |
      | @SHOP-1                                  | SHOP-1 |
      | @jira:SHOP-1                             | SHOP-1 |
      | @ticket-SHOP-1                           | SHOP-1 |
      | @issues:SHOP-7,SHOP-1                    | SHOP-1 |
      | @https://jira.example.com/browse/SHOP-1  | SHOP-1 |
