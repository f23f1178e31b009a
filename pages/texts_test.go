package pages_test

const earn = `@loyalty
Feature: Earning points
  Members earn one point for every full euro of a shipped order.
  Higher tiers earn more.

  @SHOP-12
  Scenario: Points are credited when an order ships
    Given a member with 120 points
    When the order below ships
      | item   | price |
      | Kettle | 39.90 |
      | Filter | 8.00  |
    Then the member has 167 points
    And a receipt is sent

  @SHOP-12
  Scenario Outline: Tier decides the rate
    Given a <tier> member
    When an order of <total> ships
    Then <points> points are credited

    Examples:
      | tier   | total | points |
      | basic  | 50.00 | 50     |
      | silver | 50.00 | 60     |
%s
  @SHOP-12
  Scenario: Points expire after twelve months
    Given a member with 40 points from "January 2025"
    When it is February 2026
    Then the member has 0 points

  @SHOP-12
  Scenario: A returned order takes its points back
    Given a shipped order of 25.00
    When it is returned
    Then 25 points are taken back

  @SHOP-12
  Scenario: Guests earn nothing
    Given a guest
    When an order of 10.00 ships
    Then nobody has points

  @SHOP-12 @wip
  Scenario: Points are shown on the invoice
    Given a member with 120 points
    When the invoice is printed
    Then it reads
      """
      You have 120 points.
      """
`

const gold = "      | gold   | 50.00 | 75     |\n"

const staff = `
  @SHOP-12 @SHOP-15
  Scenario: Staff orders earn half
    Given a member of staff
    When an order of 20.00 ships
    Then 10 points are credited
`

const card = `Feature: Payment by card
  Background:
    Given a basket worth "25.00"

  Rule: Only valid cards pay

    @SHOP-7
    Scenario: A valid card pays
      When the customer pays by card 4111
      Then the order is placed

    @SHOP-7
    Scenario: An expired card does not
      When the customer pays by an expired card
      Then the order waits for payment
`

const vouchers = `@checkout
Feature: Vouchers
  @SHOP-9
  Scenario: A voucher lowers the total
    Given a voucher of 5.00
    When it is redeemed
    Then the total is 20.00
  @SHOP-9 @slow
  Scenario: A used voucher is refused
    Given a used voucher
    When it  is Redeemed.
    Then the customer reads "This voucher has been used"
`

const returns = `Feature: Returns
  Scenario: A return within 30 days is free
    Given an order from 29 days ago
    When it is returned
    Then nothing is charged
`

const broken = `Feature: Gift cards
  Scenario: A gift card pays
    Given a gift card
    Whenever it is used
`
