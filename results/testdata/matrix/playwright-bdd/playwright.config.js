const { defineConfig } = require('@playwright/test')
const { cucumberReporter, defineBddConfig } = require('playwright-bdd')

module.exports = defineConfig({
  testDir: defineBddConfig({ features: 'features/**/*.feature', steps: 'steps.js', missingSteps: 'skip-scenario' }),
  retries: 1,
  workers: 1,
  reporter: [
    cucumberReporter('json', { outputFile: 'out/cucumber.json' }),
    cucumberReporter('message', { outputFile: 'out/messages.ndjson' }),
    cucumberReporter('junit', { outputFile: 'out/junit.xml', suiteName: 'matrix' }),
    ['junit', { outputFile: 'out/playwright.xml' }],
  ],
})
