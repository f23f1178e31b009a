const assert = require('assert')
const { After, Before, Given } = require(require('fs').existsSync('node_modules/cucumber') ? 'cucumber' : '@cucumber/cucumber') // 5 has its old name

let tries = 0

Given('a passing step', () => {})
Given('another passing step', () => {})
Given('a failing step', () => { throw new Error('boom <xml> & "quotes"') })
Given('a pending step', () => 'pending')
Given('a skipping step', () => 'skipped')
Given('an ambiguous step', () => {})
Given(/^an ambiguous.*$/, () => {})
Given('there are {int} cucumbers', function (n) { this.left = n })
Given('I eat {int}', function (n) { this.left -= n })
Given('I should have {int} cucumbers', function (n) { assert.strictEqual(this.left, n) })
Given('a step that attaches', function () { this.attach('hello', 'text/plain') })
Given('a step that passes on attempt 2', () => { if (++tries < 2) throw new Error('flaky') })

Before('@before-fails', () => { throw new Error('before') })
Before('@skip', () => 'skipped')
After('@after-fails', () => { throw new Error('after') })
