"""What of the suite Exact Online and its driver cannot do."""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

no = exclusions.closed
yes = exclusions.open


class Requirements(SuiteRequirements):
    """Off is what needs DDL beyond tables that stand in, or is not there to be had."""
