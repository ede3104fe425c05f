"""SQLAlchemy's own suite for dialects. Run it by itself:

pytest -c tests/pytest.ini tests/compliance
"""

import collections
import os

import pytest
from sqlalchemy.dialects import registry

registry.register("exactonline.suite", "compliance.stand_in", "StandIn")
pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin import plugin_base, pytestplugin  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403

MARKERS = ["backend", "sparse_backend", "sparse_driver_backend", "memory_intensive", "timing_intensive", "mypy"]


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", f"{marker}: of SQLAlchemy's suite")
    config.option.dburi = ["exactonline+suite://ExactDemo"]
    pytestplugin.pytest_configure(config)
    # What the suite reads from a file setup.cfg.
    requirements = "compliance.requirements:Requirements"
    plugin_base.file_config.read_dict({"sqla_testing": {"requirement_cls": requirements, "profile_file": os.devnull}})


def pytest_sessionstart(session):
    """The simulated company runs before SQLAlchemy's plugin connects to it."""
    tests = next(plugin for plugin in session.config.pluginmanager.get_plugins() if hasattr(plugin, "demo_company"))
    running = tests.demo_company()
    running.__enter__()
    session.config.add_cleanup(lambda: running.__exit__(None, None, None))
    pytestplugin.pytest_sessionstart(session)


SINGLE_TESTS = {
    "numeric_38_digit": "a quotient has decimals, for which 38 digits leave no room",
    "test_dialect_user_setting_is_restored": "beside AUTOCOMMIT there is one isolation level",
}


def pytest_runtest_setup(item):
    for name, reason in SINGLE_TESTS.items():
        if name in item.name:
            pytest.skip(reason)
    pytestplugin.pytest_runtest_setup(item)


def pytest_terminal_summary(terminalreporter):
    """Why tests are skipped, with their numbers."""
    reasons = (report.longrepr[2].split(" : ")[-1] for report in terminalreporter.stats.get("skipped", []))
    for reason, count in collections.Counter(reasons).most_common():
        terminalreporter.write_line(f"{count:5} skipped: {reason}")
