Given('a passing step') {}
Given('another passing step') {}
Given('a failing step') { raise 'boom <xml> & "quotes"' }
Given('a pending step') { pending }
Given('a skipping step') { skip_this_scenario }
Given('an ambiguous step') { raise 'ambiguous' } # of two definitions it aborts the run
Given(/^there are (\d+) cucumbers$/) { |n| @left = n.to_i }
Given(/^I eat (\d+)$/) { |n| @left -= n.to_i }
Given(/^I should have (\d+) cucumbers$/) { |n| raise "#{@left}, not #{n}" unless @left == n.to_i }
Given('a step that attaches') { embed('aGVsbG8=', 'text/plain;base64') }
Given('a step that passes on attempt 2') { raise 'flaky' } # it is tried once

Before('@before-fails') { raise 'before' }
Before('@skip') { skip_this_scenario }
After('@after-fails') { raise 'after' }
