import pytest


def pytest_bdd_before_scenario(request, feature, scenario):
    if "before-fails" in scenario.tags:
        raise Exception("before")
    if "skip" in scenario.tags:
        pytest.skip("by its tag")


def pytest_bdd_after_scenario(request, feature, scenario):
    if "after-fails" in scenario.tags:
        raise Exception("after")


def pytest_bdd_apply_tag(tag, function):
    return True
