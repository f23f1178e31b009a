import pytest
from pytest_bdd import given, parsers, scenarios, then, when

scenarios("features")


@given("a passing step")
@when("a passing step")
@then("a passing step")
def passes():
    pass


@given("another passing step")
@when("another passing step")
@then("another passing step")
def passes_too():
    pass


@given("a step that attaches")
@when("a step that attaches")
@then("a step that attaches")
def attaches():
    print("hello")


@given("a failing step")
@when("a failing step")
@then("a failing step")
def fails():
    assert False, 'boom <xml> & "quotes"'


@given("a pending step")
@when("a pending step")
@then("a pending step")
def pending():
    pytest.fail("pending")


@given("a skipping step")
@when("a skipping step")
@then("a skipping step")
def skips():
    pytest.skip("by a step")


@given("an ambiguous step")
@when("an ambiguous step")
@then("an ambiguous step")
def ambiguous():  # of two definitions pytest-bdd takes the last
    raise ValueError("ambiguous")


@given(parsers.parse("there are {n:d} cucumbers"), target_fixture="box")
def there_are(n):
    return [n]


@when(parsers.parse("I eat {n:d}"))
def eat(box, n):
    box[0] -= n


@then(parsers.parse("I should have {n:d} cucumbers"))
def should_have(box, n):
    assert box[0] == n


@given("a step that passes on attempt 2")
@when("a step that passes on attempt 2")
@then("a step that passes on attempt 2")
def flaky():  # it is tried once
    assert False, "flaky"
