# language: xx
Feature: Still
  Scenario: here
    Given a
