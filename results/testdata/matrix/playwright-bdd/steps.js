const assert = require('assert')
const { createBdd, test: base } = require('playwright-bdd')

const test = base.extend({ box: async ({}, use) => { await use({}) } })
const { After, Before, Given } = createBdd(test)

Given('a passing step', async () => {})
Given('another passing step', async () => {})
Given('a failing step', async () => { throw new Error('boom <xml> & "quotes"') })
Given('a pending step', async ({ $test }) => { $test.fixme() })
Given('a skipping step', async ({ $test }) => { $test.skip() })
Given('an ambiguous step', async () => {})
Given('there are {int} cucumbers', async ({ box }, n) => { box.left = n })
Given('I eat {int}', async ({ box }, n) => { box.left -= n })
Given('I should have {int} cucumbers', async ({ box }, n) => { assert.strictEqual(box.left, n) })
Given('a step that attaches', async ({ $testInfo }) => { await $testInfo.attach('hello', { body: 'hello', contentType: 'text/plain' }) })
Given('a step that passes on attempt 2', async ({ $testInfo }) => { if ($testInfo.retry < 1) throw new Error('flaky') })

Before({ tags: '@before-fails' }, async () => { throw new Error('before') })
After({ tags: '@after-fails' }, async () => { throw new Error('after') })

module.exports = { test }
