# encoding: ISO-8859-1
Feature: Größe
  Scenario: ä
    Given ü
