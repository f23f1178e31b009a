Feature: Plain
  Scenario: “quoted”
    Given 5 €
