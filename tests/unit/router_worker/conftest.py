from pathlib import Path

import pytest

from services.router_worker.settings import RouterSettings


@pytest.fixture(scope="session")
def learnt() -> Path:
    """Where the installation has put what classifiers learn: that takes seconds, and goes by what it is made from."""
    return RouterSettings(_env_file=None).cache_dir
