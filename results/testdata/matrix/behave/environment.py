from behave.contrib.scenario_autoretry import patch_scenario_with_autoretry


def before_feature(context, feature):
    if feature.filename.endswith("flaky.feature"):
        for scenario in feature.scenarios:
            patch_scenario_with_autoretry(scenario, max_attempts=2)


def before_scenario(context, scenario):
    if "before-fails" in scenario.tags:
        raise Exception("before")
    if "skip" in scenario.tags:
        scenario.skip("by its tag")


def after_scenario(context, scenario):
    if "after-fails" in scenario.tags:
        raise Exception("after")
