from behave import step

tries = 0


@step("a passing step")
@step("another passing step")
@step("a step that attaches")
def passes(context):
    pass


@step("a failing step")
def fails(context):
    assert False, 'boom <xml> & "quotes"'


@step("a pending step")
def pending(context):
    raise NotImplementedError("pending")


@step("a skipping step")
def skips(context):
    context.scenario.skip("by a step")


@step("an ambiguous step")
def ambiguous(context):  # behave refuses to start where two definitions fit
    raise ValueError("ambiguous")


@step("there are {n:d} cucumbers")
def there_are(context, n):
    context.left = n


@step("I eat {n:d}")
def eat(context, n):
    context.left -= n


@step("I should have {n:d} cucumbers")
def should_have(context, n):
    assert context.left == n


@step("a step that passes on attempt 2")
def flaky(context):
    global tries
    tries += 1
    assert tries >= 2, "flaky"
